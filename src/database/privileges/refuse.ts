import pg from 'pg'
import { StartError } from '../../start-error.ts'
import type { Reached } from '../reach.ts'
import { type Ask, type Fault, faultOf, findDangers } from './faults.ts'
import { findDifferences } from './tables.ts'

// What keeps the product from starting. All of it is asked over the application's own connection.

/** Refuses a role that owns something, or could make itself free of what guards the log. */
export async function refuseDangerousRole(ask: Ask, { user, database }: Reached): Promise<void> {
  const faults = await findDangers(ask)
  if (faults.length === 0) return
  const another = faults.some(({ mend }) => mend === null)
    ? '\nKeep it for DATABASE_OWNER_URL, and make one that owns nothing for DATABASE_URL:\n' +
      `  CREATE ROLE lethe_app LOGIN PASSWORD '…'; GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO lethe_app;`
    : ''
  throw new StartError(`${refusal(user, faults)}${another}`)
}

/** Refuses a role that may do with a table what it must not, or lacks what it needs. For a database that is up to date. */
export async function refuseWrongPrivileges(ask: Ask, { user }: Reached): Promise<void> {
  const { excess = [], missing = [] } = Object.groupBy(await findDifferences(ask), ({ kind }) => kind)
  if (excess.length > 0) throw new StartError(refusal(user, excess.map(faultOf)))
  if (missing.length === 0) return
  const lacks = missing.map(({ privileges, tables }) => `\n  - ${privileges.join(', ')} on ${tables.join(', ')}`)
  throw new StartError(
    `The user "${user}" of DATABASE_URL lacks privileges:${lacks.join('')}\n` +
      'The owner of the tables grants them with: DATABASE_OWNER_URL=… npx lethe migrate',
  )
}

/** Refuses a key store that the application's role gets into, or the other way round: the keys would lie beside what they open. */
export async function refuseOpenKeystore(ask: Ask, application: Reached, keystore: Reached): Promise<void> {
  if (application.server !== keystore.server) return
  const faults = [
    ...(await findDoor(ask, 'DATABASE_URL', application.user, keystore.database)),
    ...(await findDoor(ask, 'KEYSTORE_URL', keystore.user, application.database)),
  ]
  if (faults.length > 0) throw new StartError(`The key store must be apart from the database:${list(faults)}`)
}

async function findDoor(ask: Ask, setting: string, user: string, database: string): Promise<Fault[]> {
  const [row] = await ask<{ open: boolean; superuser: boolean }>(
    `SELECT has_database_privilege($1::name, $2::text, 'CONNECT') AS open, rolsuper AS superuser FROM pg_roles WHERE rolname = $1::name`,
    [user, database],
  )
  if (!row?.open) return []
  const fault = `the user "${user}" of ${setting} ${row.superuser ? 'is a superuser' : `may connect to "${database}"`}`
  const names = `${pg.escapeIdentifier(database)} FROM PUBLIC, ${pg.escapeIdentifier(user)}`
  return [{ fault, mend: row.superuser ? null : `REVOKE CONNECT ON DATABASE ${names}` }]
}

const refusal = (user: string, faults: readonly Fault[]) =>
  `The user "${user}" of DATABASE_URL could change the audit log, or free itself to do so:${list(faults)}`

/** Each with its statement. */
const list = (faults: readonly Fault[]) =>
  faults.map(({ fault, mend }) => `\n  - ${fault}${mend === null ? '' : `\n      ${mend};`}`).join('')
