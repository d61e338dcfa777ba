import type pg from 'pg'
import { StartError } from '../start-error.ts'
import type { MasterKey, MasterKeySource, MasterKeys } from './master-key.ts'

/**
 * What the key store says of master keys: the one that wraps new keys, all that were announced, and those of them that are
 * used: some key is wrapped by them, or will be.
 */
export type MasterKeyState = { current: string | null; ids: string[]; used: string[] }

/**
 * Reads the master keys and makes sure that they are those of this key store. A key store that has none yet takes the
 * first, if it may begin; the file is made if it is not there. A missing master key is never replaced by a new one.
 */
export async function matchMasterKeys(
  database: pg.Pool | pg.Client,
  source: MasterKeySource,
  mayBegin: () => Promise<boolean> = async () => true,
): Promise<MasterKeys> {
  const before = await masterKeyState(database)
  if (before.current === null && !(await mayBegin())) {
    throw new StartError('The key store is empty: it has no keys of any contact. Is KEYSTORE_URL the right database?')
  }
  let keys = await source.read()
  if (!keys && before.current === null) {
    await source.file?.create()
    keys = await source.read()
  }
  if (keys && before.current === null) await adopt(database, keys[0].id)
  // One that was only announced, by a rotation that was interrupted, is nobody's loss.
  const { used } = await masterKeyState(database)
  const known = new Set(keys?.map(({ id }) => id))
  const missing = used.filter((id) => !known.has(id))
  if (!keys || missing.length > 0) {
    const found = keys ? `has ${[...known].join(', ')}` : 'is not there'
    throw new StartError(
      `The keys of contacts are wrapped by the master key ${missing.join(' and ')}, but ${source.place} ${found}. ` +
        'Put that key back, from its backup: without it nothing that is sealed can be read again.',
    )
  }
  return keys
}

/** Reads what the key store says of master keys. */
export async function masterKeyState(database: pg.Pool | pg.Client): Promise<MasterKeyState> {
  const { rows } = await database.query<MasterKeyState>(
    `SELECT current_master_key AS current, ARRAY(SELECT id FROM master_key ORDER BY added_at) AS ids,
       ARRAY(SELECT id FROM master_key m WHERE id = current_master_key OR ${wraps('m')} ORDER BY added_at) AS used
     FROM keystore_state`,
  )
  return rows[0] ?? { current: null, ids: [], used: [] }
}

/** Takes out of the key store what was announced, is not among these keys, and is not used. */
export async function forgetUnused(client: pg.Client, keys: readonly MasterKey[]): Promise<void> {
  await client.query(
    `DELETE FROM master_key m WHERE NOT (id = ANY($1)) AND NOT ${wraps('m')}
       AND id <> (SELECT current_master_key FROM keystore_state)`,
    [keys.map(({ id }) => id)],
  )
}

/** Whether some key is wrapped by a master key. */
const wraps = (row: string) => `EXISTS (SELECT FROM contact_key k WHERE k.master_key = ${row}.id)`

/** Of several processes that start at once with different keys, one wins, and the others don't fit. */
async function adopt(database: pg.Pool | pg.Client, id: string) {
  await database.query(
    `WITH taken AS (UPDATE keystore_state SET current_master_key = $1 WHERE current_master_key IS NULL RETURNING 1)
     INSERT INTO master_key (id) SELECT $1 FROM taken ON CONFLICT DO NOTHING`,
    [id],
  )
}
