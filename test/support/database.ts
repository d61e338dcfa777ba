import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { type EmbeddedRole, prepareDatabase, rolePassword } from '../../src/database/embedded-roles.ts'

/** A fresh, migrated database of its own, copied from the template. Returns its URL, as the role that the product works as. */
export async function freshDatabase(template = 'template_lethe'): Promise<string> {
  const name = await makeDatabase('test', { owner: 'lethe', user: 'lethe_app', template })
  return serverUrl(name, 'lethe_app')
}

/** A fresh, migrated database for a key store. Most tests do with the one of the whole run, `inject('keystoreUrl')`. */
export async function freshKeystore(template = 'template_keys'): Promise<string> {
  const name = await makeDatabase('test_keys', { owner: 'lethe_keys', template })
  return serverUrl(name, 'lethe_keys')
}

/** The same database as the superuser, whom nothing holds: for tests that tamper, and those that look into everything. */
export const ownerOf = (url: string): string => serverUrl(new URL(url).pathname.slice(1))

/** The address of a database of the test run's server; as the superuser, unless told otherwise. */
export function serverUrl(database: string, role: EmbeddedRole = 'lethe'): string {
  const url = new URL(inject('serverUrl').replace('{database}', database))
  return Object.assign(url, { username: role, password: rolePassword(url.password, role) }).href
}

/** Runs statements past everything that the product puts in between. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** Changes rows as if no trigger stood in the way: to let time go by, or to tamper. */
export const pastTheGuards = (url: string, statement: string, values: unknown[] = []): Promise<void> =>
  withClient(ownerOf(url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    await client.query(statement, values)
  })

async function makeDatabase(prefix: string, options: Parameters<typeof prepareDatabase>[2]) {
  const name = `${prefix}_${randomUUID().replaceAll('-', '')}`
  await withClient(serverUrl('postgres'), (client) => prepareDatabase(client, name, options))
  return name
}
