import { createHmac } from 'node:crypto'
import pg from 'pg'
import type { EmbeddedServer } from './embedded.ts'

// Who may do what in the embedded server. Its superuser `lethe` owns the main database and migrates it. The product works
// as `lethe_app`, which owns nothing, and as `lethe_keys`, which owns the key store and reaches nothing else.

/** The roles that we log in as. */
export type EmbeddedRole = 'lethe' | 'lethe_app' | 'lethe_keys'

// Held meanwhile, so that processes that start at once don't get into each other's way.
const rolesLock = 5_384_845

/** The password of a role, which derives from the superuser's: there is one secret to keep. */
export const rolePassword = (superuserPassword: string, role: EmbeddedRole): string =>
  role === 'lethe' ? superuserPassword : createHmac('sha256', superuserPassword).update(role).digest('base64url')

/** Makes the roles and the databases, or mends them. Told the superuser's password, as it never stands in the database. */
export async function prepareRoles(server: Pick<EmbeddedServer, 'url' | 'password'>): Promise<void> {
  const client = new pg.Client({ connectionString: server.url('postgres') })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [rolesLock])
    for (const role of ['lethe_app', 'lethe_keys'] as const) {
      if (!(await exists(client, 'pg_roles', 'rolname', role))) await client.query(`CREATE ROLE ${role}`)
      await client.query(
        `ALTER ROLE ${role} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS PASSWORD '${server.password(role)}'`,
      )
      // What a role set for itself, such as to commit before anything is on disk.
      await client.query(`ALTER ROLE ${role} RESET ALL`)
    }
    await prepareDatabase(client, 'lethe', { owner: 'lethe', user: 'lethe_app' })
    await prepareDatabase(client, 'lethe_keys', { owner: 'lethe_keys' })
    for (const database of ['postgres', 'template1']) await keepOut(client, database)
  } finally {
    await client.end()
  }
}

/** Makes a database, unless it is there, that its owner and `user` may connect to, and nobody else. */
export async function prepareDatabase(
  client: pg.Client,
  database: string,
  { owner, user, template = 'template1' }: { owner: EmbeddedRole; user?: EmbeddedRole; template?: string },
): Promise<void> {
  if (!(await exists(client, 'pg_database', 'datname', database))) {
    await client.query(`CREATE DATABASE ${database} OWNER ${owner} TEMPLATE ${template}`)
  }
  await keepOut(client, database)
  if (user) await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${user}`)
  for (const role of new Set([owner, user])) {
    if (role && role !== 'lethe') await client.query(`ALTER ROLE ${role} IN DATABASE ${database} RESET ALL`)
  }
}

/** Takes back what PostgreSQL lets everybody do: connect, and make temporary tables, which stand before others of their name. */
const keepOut = (client: pg.Client, database: string) => client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`)

async function exists(client: pg.Client, catalogue: string, column: string, name: string) {
  const { rowCount } = await client.query(`SELECT FROM ${catalogue} WHERE ${column} = $1`, [name])
  return rowCount === 1
}
