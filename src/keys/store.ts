import pg from 'pg'
import { beDurable } from '../database/durable.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import type { NotedPosition } from '../ledger/position.ts'
import type { MasterKey } from './master-key.ts'

/** The statements of the key store. */
export type KeyStore = ReturnType<typeof openKeyStore>

/** A key as the key store has it. */
export type WrappedKey = {
  contactId: string
  wrapped: Buffer
  /** The id of the master key that unwraps it. */
  masterKey: string
}

/** A row of the key store: a key, or the mark of a destroyed one. */
export type KeyRow = WrappedKey | { contactId: string; wrapped: null }

/** Tells every process that keys were destroyed, or that there is a new master key. */
export const keysChannel = 'lethe_keys'

/** Opens a few connections to the key store. Statements are cut off after ten seconds. */
export function openKeyStore(url: string) {
  const pool = new pg.Pool({
    connectionString: url,
    max: 5,
    application_name: 'lethe keys',
    statement_timeout: 10_000,
    query_timeout: 12_000, // When not even PostgreSQL can say so.
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    onConnect: beDurable,
  })
  // A connection that broke while nobody used it is replaced by itself.
  pool.on('error', () => undefined)
  return {
    pool,

    /** The rows of these contacts. */
    find: async (contactIds: readonly string[]): Promise<KeyRow[]> => {
      const { rows } = await pool.query<KeyRow>(
        `SELECT contact_id AS "contactId", wrapped, master_key AS "masterKey" FROM contact_key
         WHERE contact_id = ANY($1::uuid[])`,
        [contactIds],
      )
      return rows
    },

    /**
     * Adds keys, unless there are some, or there were, or another master key is the current one: says what it did, which
     * were destroyed, and which is the current one.
     */
    insert: async (keys: readonly { contactId: string; wrapped: Uint8Array }[], { id }: MasterKey) => {
      const { rows } = await pool.query<{ inserted: string[]; destroyed: string[]; current: string }>(
        // In order of the ids, as whoever destroys some has it: so none waits for the other.
        `WITH inserted AS (
           INSERT INTO contact_key (contact_id, wrapped, master_key)
           SELECT contact_id, wrapped, $3 FROM unnest($1::uuid[], $2::bytea[]) AS given (contact_id, wrapped)
           WHERE EXISTS (SELECT FROM keystore_state WHERE current_master_key = $3)
           ORDER BY contact_id
           ON CONFLICT DO NOTHING RETURNING contact_id
         )
         SELECT ARRAY(SELECT contact_id::text FROM inserted) AS inserted,
           ARRAY(SELECT contact_id::text FROM contact_key WHERE contact_id = ANY($1::uuid[]) AND wrapped IS NULL) AS destroyed,
           (SELECT current_master_key FROM keystore_state) AS current`,
        [keys.map((key) => key.contactId), keys.map((key) => key.wrapped), id],
      )
      return rows[0] ?? { inserted: [], destroyed: [], current: '' }
    },

    /**
     * Replaces keys by the marks of their destruction, in one transaction; returns how many destructions there are now. The keys of
     * archives go along: one of them may hold something about the same person, whom nobody had recognised.
     */
    destroy: async (contactIds: readonly string[]): Promise<number> => {
      const { rows } = await pool.query<{ generation: number }>(
        `WITH given AS (
           SELECT contact_id FROM unnest($1::uuid[]) AS named (contact_id)
           UNION
           SELECT a.id FROM archive_key a JOIN contact_key k ON k.contact_id = a.id WHERE k.destruction IS NULL
         ), state AS (
           UPDATE keystore_state SET destructions = destructions + (SELECT count(*) FROM given) RETURNING destructions
         ), destroyed AS (
           INSERT INTO contact_key AS k (contact_id, destruction, destroyed_at)
           SELECT contact_id, destructions - (SELECT count(*) FROM given) + row_number() OVER (ORDER BY contact_id), clock_timestamp()
           FROM given, state
           ORDER BY contact_id
           ON CONFLICT (contact_id) DO UPDATE
           SET wrapped = NULL, master_key = NULL, destruction = excluded.destruction, destroyed_at = excluded.destroyed_at
           WHERE k.destruction IS NULL
         )
         SELECT destructions::float8 AS generation, pg_notify('${keysChannel}', '') FROM state`,
        [contactIds],
      )
      return rows[0]?.generation ?? 0
    },

    /** Says that a key is an archive's, so that it goes with the first contact's that is destroyed. */
    noteArchive: async (id: string): Promise<void> => {
      await pool.query('INSERT INTO archive_key (id) VALUES ($1)', [id])
    },

    /** The next keys in the order of their contacts, and whether they were made within the last hour. */
    listAfter: async (after: string | undefined, limit: number) => {
      const { rows } = await pool.query<{ contactId: string; young: boolean }>(
        `SELECT contact_id AS "contactId", created_at > now() - interval '1 hour' AS young FROM contact_key
         WHERE wrapped IS NOT NULL AND ($1::uuid IS NULL OR contact_id > $1)
           AND NOT EXISTS (SELECT FROM archive_key a WHERE a.id = contact_id)
         ORDER BY contact_id LIMIT $2`,
        [after, limit],
      )
      return rows
    },

    /** Whose keys were destroyed, page by page. */
    destroyed: async function* (): AsyncGenerator<string[]> {
      for (let after = 0; ; ) {
        const { rows } = await pool.query<{ contactId: string; destruction: number }>(
          `SELECT contact_id AS "contactId", destruction::float8 AS destruction FROM contact_key
           WHERE destruction > $1 ORDER BY destruction LIMIT 1000`,
          [after],
        )
        if (rows.length > 0) yield rows.map(({ contactId }) => contactId)
        after = rows.at(-1)?.destruction ?? after
        if (rows.length < 1000) return
      }
    },

    /** How far the destructions are done that the erasure ledger of an installation tells of. */
    ledgerPosition: async (installation: string): Promise<NotedPosition | undefined> => {
      const { rows } = await pool.query<NotedPosition>(
        'SELECT installation, sequence::float8 AS sequence, hash FROM erasure_ledger WHERE installation = $1',
        [installation],
      )
      return rows[0]
    },

    /** Notes that the destructions of an entry are done, if it follows the one noted last; says whether it did. */
    noteLedger: async ({ installation, sequence, hash, previous }: LedgerEntry): Promise<boolean> => {
      const { rowCount } = await pool.query(
        `INSERT INTO erasure_ledger AS l (installation, sequence, hash)
         SELECT $1::uuid, $2::bigint, $3 WHERE $2 = 1 OR EXISTS (SELECT FROM erasure_ledger WHERE installation = $1)
         ON CONFLICT (installation) DO UPDATE
         SET sequence = excluded.sequence, hash = excluded.hash, noted_at = clock_timestamp()
         WHERE (l.sequence, l.hash) = ($2 - 1, $4)`,
        [installation, sequence, hash, previous],
      )
      return rowCount === 1
    },

    /** Notes the first entry of another ledger, whatever was noted before. */
    resetLedger: async ({ installation, sequence, hash }: LedgerEntry): Promise<void> => {
      await pool.query(
        `INSERT INTO erasure_ledger (installation, sequence, hash) VALUES ($1, $2, $3)
         ON CONFLICT (installation) DO UPDATE
         SET sequence = excluded.sequence, hash = excluded.hash, noted_at = clock_timestamp()`,
        [installation, sequence, hash],
      )
    },

    /** How many keys there are. */
    count: async (): Promise<number> => {
      const { rows } = await pool.query<{ count: number }>(
        'SELECT count(*)::float8 AS count FROM contact_key WHERE wrapped IS NOT NULL',
      )
      return rows[0]?.count ?? 0
    },

    close: async () => {
      if (!pool.ended) await pool.end()
    },
  }
}
