import type { Database } from '../../database/client.ts'
import { tableOf } from '../../database/models.ts'
import type { Ask } from '../../database/privileges/faults.ts'
import { logTables } from '../../database/privileges/tables.ts'
import type { WorkContext } from '../../graphql/context.ts'

/** A trigger that a table must have, and the function that it calls. */
export type Guard = { table: string; trigger: string; calls: string }

type MissingGuard = Pick<Guard, 'table' | 'trigger'>

/** PostgreSQL's guards of the log, by its triggers, that are off, gone, or do something else. */
export const missingGuards = ({
  database,
  audited,
}: Pick<WorkContext, 'database' | 'audited'>): Promise<MissingGuard[]> =>
  missingAmong((text, values = []) => database.$queryRawUnsafe(text, ...values), wantedGuards({ database, audited }))

/** All guards that there have to be. Of the database, only the names of the tables are asked, which Prisma knows. */
export const wantedGuards = ({ database, audited }: Pick<WorkContext, 'database' | 'audited'>): Guard[] => [
  ...[...audited.keys()].flatMap((model) => guardsOf(database, model)),
  ...guardsOfLog,
]

/** Those of these guards that are missing, over whichever connection. */
export const missingAmong = (ask: Ask, wanted: readonly Guard[]): Promise<MissingGuard[]> =>
  ask<MissingGuard>(
    `SELECT w."table", w.trigger
     FROM jsonb_to_recordset($1::jsonb) w("table" text, trigger text, calls text)
     WHERE NOT EXISTS (
       SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
       WHERE t.tgrelid = to_regclass(quote_ident(w."table")) AND t.tgname = w.trigger AND t.tgenabled IN ('O', 'A')
         AND t.tgqual IS NULL AND p.proname = w.calls)
     ORDER BY w."table", w.trigger`,
    [JSON.stringify(wanted)],
  )

/**
 * Tells the log of the process, loudly, which guards are missing. It starts all the same: what the application may is kept
 * by privileges, without which it doesn't start; the guards bind the owner, who could put them back for the time of a start.
 * And whoever has to find out what happened needs the log to be readable.
 */
export async function warnOfMissingGuards(context: Pick<WorkContext, 'database' | 'audited' | 'log'>): Promise<void> {
  const missing = await missingGuards(context)
  if (missing.length === 0) return
  const triggers = missing.map(({ table, trigger }) => `${trigger} ON ${table}`)
  context.log.error({ triggers }, 'the guards of the audit log are off or missing: find out who did that, and why')
}

function guardsOf(database: Database, model: string): Guard[] {
  const { table } = tableOf(database, model)
  return [
    { table, trigger: 'audit_required', calls: 'audit_require_entry' },
    { table, trigger: 'audit_no_truncate', calls: 'audit_refuse_change' },
  ]
}

const guardsOfLog: readonly Guard[] = [
  ...logTables.flatMap((table) =>
    ['fixed', 'kept'].map((what) => ({ table, trigger: `${table}_${what}`, calls: 'audit_refuse_change' })),
  ),
  { table: 'audit_entry', trigger: 'audit_entry_stamp', calls: 'audit_stamp' },
  { table: 'audit_entry', trigger: 'audit_entry_number', calls: 'audit_number' },
  { table: 'system_audit_entry', trigger: 'system_audit_entry_stamp', calls: 'audit_stamp' },
]
