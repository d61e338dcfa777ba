import pg from 'pg'
import type { Database } from '../../database/client.ts'
import { type ContactKey, installationId, type Keys } from '../../keys/keys.ts'
import { StartError } from '../../start-error.ts'
import { placeOf } from './values.ts'

type PlainEntry = { id: string; contact_id: string | null; values: Buffer }
type Table = { name: 'audit_entry' | 'system_audit_entry'; contactId: string }

const tables: readonly Table[] = [
  { name: 'audit_entry', contactId: 'contact_id' },
  { name: 'system_audit_entry', contactId: 'NULL::uuid' },
]
const batch = 5000

// Served by an index that holds nothing else. What is in the tree already stays as it was hashed.
const plain = ({ name, contactId }: Table) =>
  `SELECT e.id, ${contactId} AS contact_id, e.values FROM ${name} e
   WHERE substring(e.values FROM 1 FOR 1) = '\\x7b' AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
   ORDER BY e.id LIMIT ${batch}`

/**
 * Seals values that an earlier version, or a migration, wrote as they were, before they get into the tree. Only the owner
 * of the tables can: the log is fixed for everybody else. Whole batches are done; interrupted, it goes on at the next start.
 */
export async function sealEarlierEntries(
  { url, ownerUrl }: { url: string; ownerUrl: string | undefined },
  keys: Keys,
): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl ?? url })
  await client.connect()
  try {
    let sealed = 0
    for (const table of tables) {
      for (;;) {
        const { rows } = await client.query<PlainEntry>(plain(table))
        if (rows.length === 0) break
        if (!ownerUrl) {
          throw new StartError(
            'The audit log has entries of an earlier version, which only the owner of the database can seal: run ' +
              '"lethe migrate" once with DATABASE_OWNER_URL set.',
          )
        }
        await sealBatch(client, table, rows, keys)
        sealed += rows.length
      }
    }
    return sealed
  } finally {
    await client.end()
  }
}

/** Whether some value is sealed, as it is once the product has run. */
export async function holdsSealedValues(database: Database): Promise<boolean> {
  const [row] = await database.$queryRaw<{ found: boolean }[]>`
    SELECT EXISTS (SELECT FROM system_audit_entry e WHERE substring(e.values FROM 1 FOR 1) <> '\\x7b') OR
      EXISTS (SELECT FROM audit_entry e WHERE substring(e.values FROM 1 FOR 1) <> '\\x7b') AS found`
  return row?.found ?? false
}

async function sealBatch(client: pg.Client, { name }: Table, rows: readonly PlainEntry[], keys: Keys) {
  const owners = [...new Set(rows.map((row) => row.contact_id ?? installationId))]
  await keys.create(owners)
  const found = await keys.find(owners)
  const sealed = rows.map((row) => sealedValues(row, found.get(row.contact_id ?? installationId)))
  await client.query('BEGIN')
  try {
    // What the sequencer of a process that runs already has read of them is worth nothing: it has to take the lease anew.
    await client.query("UPDATE audit_sequencer SET holder = NULL, term = term + 1, lease_until = '-infinity'")
    await client.query(`ALTER TABLE ${name} DISABLE TRIGGER ${name}_fixed`)
    await client.query(
      `UPDATE ${name} e SET values = s.values FROM unnest($1::uuid[], $2::bytea[]) s(id, values)
       WHERE e.id = s.id AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)`,
      [rows.map(({ id }) => id), sealed],
    )
    await client.query(`ALTER TABLE ${name} ENABLE TRIGGER ${name}_fixed`)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

function sealedValues(row: PlainEntry, key: ContactKey | 'destroyed' | undefined) {
  if (!key || key === 'destroyed') throw new Error(`there is no key for the entry ${row.id}`)
  return key.seal(placeOf(row.contact_id, row.id), row.values)
}
