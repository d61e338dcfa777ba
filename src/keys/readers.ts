import type pg from 'pg'

// The statements about the processes that may have keys in memory.

/**
 * How long a lease lasts, in milliseconds. A destruction waits no longer than this for a process that doesn't answer; so
 * it has to be the same in every version that runs at the same time.
 */
export const leaseLength = 10_000

/** What the key store says to a process that renews its lease. `listed`: whether it could. */
export type Answer = { listed: boolean; generation: number; current: string; masterKeys: string[]; destroyed: string[] }

/** Lists a process, which knows what was destroyed up to now, or up to `generation`. Rows of those that died long ago go. */
export async function registerReader(
  pool: pg.Pool,
  id: string,
  masterKeys: readonly string[],
  generation?: number,
): Promise<number> {
  const { rows } = await pool.query<{ generation: number }>(
    `WITH dead AS (DELETE FROM reader WHERE lease_until < clock_timestamp() - interval '1 minute')
     INSERT INTO reader (id, generation, master_keys, lease_until)
     SELECT $1, coalesce($2, destructions), $3, clock_timestamp() FROM keystore_state
     RETURNING generation::float8`,
    [id, generation, masterKeys],
  )
  return rows[0]?.generation ?? 0
}

/** Renews the row of a process, if it has one, and asks for what it doesn't know yet. */
export async function askDestructions(
  pool: pg.Pool,
  id: string,
  generation: number,
  masterKeys: readonly string[],
): Promise<Answer> {
  const { rows } = await pool.query<Answer>(
    `WITH listed AS (
       UPDATE reader SET generation = $2, master_keys = $3, lease_until = clock_timestamp() + $4 * interval '1 millisecond'
       WHERE id = $1 RETURNING id
     )
     SELECT EXISTS (SELECT FROM listed) AS listed, destructions::float8 AS generation, current_master_key AS current,
       ARRAY(SELECT id FROM master_key) AS "masterKeys",
       ARRAY(SELECT contact_id::text FROM contact_key WHERE destruction > $2) AS destroyed
     FROM keystore_state`,
    [id, generation, masterKeys, leaseLength],
  )
  if (!rows[0]) throw new Error('The key store has lost its state.')
  return rows[0]
}

/** Takes a process off the list: it has no keys any more. */
export async function unregisterReader(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('DELETE FROM reader WHERE id = $1', [id])
}

// Longer than a lease by more than clocks differ in that time.
const longestWait = leaseLength + 250

/** Settles when no process can use keys that were destroyed up to `generation`. */
export async function waitForReaders(pool: pg.Pool, generation: number): Promise<void> {
  const end = performance.now() + longestWait
  for (let pause = 2; ; pause = Math.min(pause * 2, 200)) {
    const { rowCount } = await pool.query('SELECT FROM reader WHERE generation < $1 LIMIT 1', [generation])
    if (rowCount === 0) return
    if (performance.now() >= end) break
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  // Their leases have run out, whatever became of them. Who is still there has to be listed anew.
  await pool.query('DELETE FROM reader WHERE generation < $1', [generation])
}
