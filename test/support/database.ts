import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { type EmbeddedRole, prepareDatabase, rolePassword } from '../../src/database/embedded-roles.ts'
import { atEnd } from './at-end.ts'

/** A fresh, migrated database of its own, copied from the template. Returns its URL, as the role that the product works as. */
export async function freshDatabase(template = 'template_lethe'): Promise<string> {
  const name = await makeDatabase('test', { owner: 'lethe', user: 'lethe_app', template })
  return serverUrl(name, 'lethe_app')
}

/** Like `freshDatabase`, with what `begin` puts in: done once in a run, and copied from then on under this name. */
export async function begunDatabase(name: string, begin: (url: string) => Promise<void>): Promise<string> {
  const template = `template_${name}`
  await withClient(serverUrl('postgres'), async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [template])
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1 AND NOT datallowconn', [
      template,
    ])
    if (rowCount === 1) return
    await prepareDatabase(client, template, { owner: 'lethe', user: 'lethe_app', template: 'template_lethe' })
    await begin(serverUrl(template, 'lethe_app'))
    await client.query(`ALTER DATABASE ${template} ALLOW_CONNECTIONS false`)
  })
  return freshDatabase(template)
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
  await withClient(serverUrl('postgres'), async (client) => {
    // The faster way of copying where disks don't count. Whatever the database needs besides, the product knows.
    await client.query(`CREATE DATABASE ${name} OWNER ${options.owner} TEMPLATE ${options.template} STRATEGY FILE_COPY`)
    await prepareDatabase(client, name, options)
  })
  atEnd(() => dropDatabase(name))
  return name
}

/** Makes room in memory. One that somebody still uses stays until the server goes. */
const dropDatabase = (name: string) =>
  withClient(serverUrl('postgres'), async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name])
    if (rowCount === 0) await client.query(`DROP DATABASE ${name}`)
  })
