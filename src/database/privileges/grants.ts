import type pg from 'pg'
import { askOver } from './faults.ts'
import { findDifferences, mending } from './tables.ts'

/**
 * Gives the application's role what it needs on every table and takes from it, and from everybody, what it must not have.
 * As the owner, after each migration; changes nothing where all is as it should be.
 */
export async function grantTo(owner: pg.Client, role: string): Promise<void> {
  const { rows } = await owner.query<{ application: string; reaches: boolean }>(
    `SELECT quote_ident($1::name::text) AS application, has_schema_privilege($1::name, 'public', 'USAGE') AS reaches`,
    [role],
  )
  const { application = '', reaches = false } = rows[0] ?? {}
  // What the application may as a member of other roles is the administrator's to change; the start refuses it.
  const differences = (await findDifferences(askOver(owner), role)).filter(({ grantee }) =>
    [application, 'PUBLIC'].includes(grantee),
  )
  const statements = [
    ...(reaches ? [] : [`GRANT USAGE ON SCHEMA public TO ${application}`]),
    ...differences.map(mending),
  ]
  // Sent at once they are one transaction.
  if (statements.length > 0) await owner.query(statements.join(';\n'))
}
