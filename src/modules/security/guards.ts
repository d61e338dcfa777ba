import type { Database } from '../../database/client.ts'
import { findGuardFaults, type Guard, type GuardFault } from '../../database/guards/faults.ts'
import { tableOf } from '../../database/models.ts'
import { askOf } from '../../database/privileges/faults.ts'
import { logTables } from '../../database/privileges/tables.ts'
import type { WorkContext } from '../../graphql/context.ts'

export type { Guard } from '../../database/guards/faults.ts'

/** What is wrong with PostgreSQL's guards of the log, at this moment. */
export const guardFaults = (context: Pick<WorkContext, 'database' | 'audited'>): Promise<GuardFault[]> =>
  findGuardFaults(askOf(context.database), wantedGuards(context))

/** All guards that there have to be. Of the database, only the names of the tables are asked, which Prisma knows. */
export const wantedGuards = ({ database, audited }: Pick<WorkContext, 'database' | 'audited'>): Guard[] => [
  ...[...audited.keys(), ...alsoGuarded].flatMap((model) => guardsOf(database, model)),
  ...guardsOfLog,
]

/**
 * Tells the log of the process, loudly, what is wrong with the guards. It starts all the same: what the application may is
 * kept by privileges, without which it doesn't start; the guards bind the owner, who could put them back for the time of a
 * start. And whoever has to find out what happened needs the log to be readable.
 */
export async function warnOfGuardFaults(context: Pick<WorkContext, 'database' | 'audited' | 'log'>): Promise<void> {
  const faults = (await guardFaults(context)).map(({ text }) => text)
  if (faults.length === 0) return
  context.log.error({ faults }, 'the guards of the audit log are not as they should be: find out who did that, and why')
}

// Their changes are told by the entries of others.
const alsoGuarded = ['ImportKey', 'AuditKey']

function guardsOf(database: Database, model: string): Guard[] {
  const { table } = tableOf(database, model)
  return ['audit_required', 'audit_no_truncate'].map((trigger) => ({ table, trigger }))
}

const guardsOfLog: readonly Guard[] = [
  ...logTables.flatMap((table) => ['fixed', 'kept'].map((what) => ({ table, trigger: `${table}_${what}` }))),
  { table: 'audit_entry', trigger: 'audit_entry_stamp' },
  { table: 'audit_entry', trigger: 'audit_entry_number' },
  { table: 'system_audit_entry', trigger: 'system_audit_entry_stamp' },
]
