import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/** A fresh, migrated database of its own, copied from the template. Returns its URL. */
export async function freshDatabase(template = 'template_lethe'): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await withClient(serverUrl('postgres'), (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`))
  return serverUrl(name)
}

/** The address of a database of the test run's server. */
export const serverUrl = (database: string): string => inject('serverUrl').replace('{database}', database)

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
