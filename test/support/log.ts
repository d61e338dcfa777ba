import type { Database } from '../../src/database/client.ts'
import { installationId, type Keys } from '../../src/keys/keys.ts'
import { type CategoryKeys, findEntryKeys } from '../../src/modules/audit/category-keys.ts'
import { type FieldChanges, openValues, placeOf } from '../../src/modules/audit/values.ts'
import { ownerOf, withClient } from './database.ts'
import { sharedKeys } from './keys.ts'

type Entry = { id: string; contactId?: string | null; values: Uint8Array | null }

/** What an entry of the log says, opened. `database`: with the keys of categories, where the product wrote it. */
export async function openEntry(
  keys: Keys,
  { id, contactId = null, values }: Entry,
  database: CategoryKeys = { auditKey: { findMany: async () => [] } },
): Promise<FieldChanges> {
  const owner = contactId ?? installationId
  const key = (await findEntryKeys(database, keys, [owner])).get(owner)
  if (key === 'destroyed') throw new Error(`the key of ${owner} is destroyed`)
  return openValues(key, placeOf(contactId, id), values)
}

/** Entries about no contact, the oldest first, with what they say as `changes`. */
export async function systemEntries(
  database: Database,
  where: NonNullable<Parameters<Database['systemAuditEntry']['findMany']>[0]>['where'] = {},
) {
  const entries = await database.systemAuditEntry.findMany({ where, orderBy: { id: 'asc' } })
  return Promise.all(entries.map(async (entry) => ({ ...entry, changes: await openEntry(sharedKeys, entry) })))
}

/** Grows in the background, and tells only of what is elsewhere. */
const tree = ['audit_leaf', 'audit_node', 'audit_checkpoint', 'audit_sequencer']

/**
 * All that a database holds, as text, but for the log's tree: bytes in both of PostgreSQL's writings, of which one shows
 * what is legible in them, and the values of the log's entries opened.
 */
export const everythingIn = (url: string): Promise<string> =>
  withClient(ownerOf(url), async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY 1`,
      [tree],
    )
    const texts: unknown[] = []
    for (const writing of ['escape', 'hex']) {
      await client.query(`SET bytea_output = '${writing}'`)
      for (const { name } of tables) {
        texts.push(name, (await client.query(`SELECT t::text FROM "${name}" t ORDER BY 1`)).rows)
      }
    }
    const { rows: entries } = await client.query<Entry>(
      `SELECT id, contact_id AS "contactId", values FROM audit_entry
       UNION ALL SELECT id, NULL, values FROM system_audit_entry ORDER BY id`,
    )
    const { rows: keys } = await client.query(
      'SELECT contact_id AS "contactId", id, category, key FROM audit_key WHERE key IS NOT NULL',
    )
    const database = { auditKey: { findMany: async () => keys } }
    for (const entry of entries) texts.push(await openEntry(sharedKeys, entry, database))
    return JSON.stringify(texts)
  })
