import { findGuardFaults, type Guard } from '../../../database/guards/faults.ts'
import { type Ask, findExcess } from '../../../database/privileges/faults.ts'
import type { Connection } from './connection.ts'
import type { Finding } from './finding.ts'

/** Finds by what PostgreSQL doesn't protect the log as it should, and what the product's own role could do to it. */
export async function tellGuards(
  { query }: Connection,
  guards: readonly Guard[],
  add: (finding: Finding) => void,
): Promise<void> {
  if (guards.length === 0) return
  const ask: Ask = (text, values = []) => query(text, values)
  for (const { text } of await findGuardFaults(ask, guards)) add({ kind: 'guardOff', text })
  const role = await applicationRole(ask)
  for (const { fault } of await findExcess(ask, role)) {
    add({ kind: 'guardOff', text: `The user ${role}, as whom Lethe works, could change the log: it ${fault}.` })
  }
}

/** As whom the product works: of the embedded server, which is verified as its superuser, another role than asks. */
async function applicationRole(ask: Ask): Promise<string> {
  const [row] = await ask<{ role: string }>(
    `SELECT coalesce((SELECT rolname FROM pg_roles WHERE rolname = 'lethe_app' AND session_user = 'lethe'), session_user)::text AS role`,
  )
  return row?.role ?? ''
}
