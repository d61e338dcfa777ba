import type pg from 'pg'
import { sqlState } from '../database/sql-errors.ts'
import { StartError } from '../start-error.ts'
import type { MasterKeys } from './master-key.ts'
import type { WrappedKey } from './store.ts'
import { unwrap, wrap } from './wrap.ts'

const batchSize = 1000

/** Wraps all keys by the first master key, and takes the others out of the key store. Returns how many keys that were. */
export async function rewrapKeys(
  client: pg.Client,
  keys: MasterKeys,
  onProgress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<number> {
  const total = await countKeys(client)
  let rewrapped = 0
  do {
    let done = 0
    for await (const batch of batches(client, keys)) {
      rewrapped += batch.rewrapped
      done += batch.seen
      onProgress(Math.min(done, total), total)
      if (signal?.aborted) throw new StartError('Interrupted. Run this again: it goes on from there.')
    }
    // A process that didn't know yet may have wrapped new keys by an earlier one behind us.
  } while (!(await retireOthers(client, keys[0].id)))
  return rewrapped
}

/** Goes through all keys in the order of contacts; each batch is a transaction. */
async function* batches(client: pg.Client, keys: MasterKeys) {
  for (let after: string | null = null; ; ) {
    const batch: { last: string | undefined; seen: number; rewrapped: number } = await rewrapBatch(client, keys, after)
    if (batch.last === undefined) return
    yield batch
    after = batch.last
  }
}

async function rewrapBatch(client: pg.Client, keys: MasterKeys, after: string | null) {
  const [next] = keys
  await client.query('BEGIN')
  try {
    // So that none of them is destroyed in between, and made again by the update.
    await client.query('SELECT FROM keystore_state FOR UPDATE')
    const { rows } = await client.query<WrappedKey>(
      `SELECT contact_id AS "contactId", wrapped, master_key AS "masterKey" FROM contact_key
       WHERE wrapped IS NOT NULL AND ($1::uuid IS NULL OR contact_id > $1)
       ORDER BY contact_id LIMIT ${batchSize}`,
      [after],
    )
    const others = rows.filter(({ masterKey }) => masterKey !== next.id)
    if (others.length > 0) {
      await client.query(
        `UPDATE contact_key k SET wrapped = n.wrapped, master_key = $3
         FROM unnest($1::uuid[], $2::bytea[]) AS n (contact_id, wrapped) WHERE k.contact_id = n.contact_id`,
        [others.map(({ contactId }) => contactId), others.map((row) => rewrap(keys, row)), next.id],
      )
    }
    await client.query('COMMIT')
    return { last: rows.at(-1)?.contactId, seen: rows.length, rewrapped: others.length }
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

function rewrap(keys: MasterKeys, { contactId, wrapped, masterKey }: WrappedKey): Buffer {
  const known = keys.find(({ id }) => id === masterKey)
  try {
    if (!known) throw new Error(`there is no master key ${masterKey}`)
    const contactKey = unwrap(known, contactId, wrapped)
    const rewrapped = wrap(keys[0], contactId, contactKey)
    contactKey.fill(0)
    return rewrapped
  } catch (cause) {
    throw new StartError(
      `The key of ${contactId} can't be unwrapped: the key store is damaged. Nothing was lost by this rotation; ` +
        'lethe keys check says what else is wrong.',
      { cause },
    )
  }
}

/** Whether it could be done: PostgreSQL refuses while a key is wrapped by one of them (foreign_key_violation). */
async function retireOthers(client: pg.Client, id: string): Promise<boolean> {
  try {
    await client.query('DELETE FROM master_key WHERE id <> $1', [id])
    return true
  } catch (error) {
    if (sqlState(error) !== '23503') throw error
    return false
  }
}

async function countKeys(client: pg.Client) {
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*)::float8 AS count FROM contact_key WHERE wrapped IS NOT NULL',
  )
  return rows[0]?.count ?? 0
}
