import type pg from 'pg'
import { leaseSeconds } from './connection.ts'

/** The lease that one process at a time has. What it writes, it writes only if the row still says holder and term. */
export type Lease = {
  holder: string
  term: string
  epoch: number
  watermark: string
  database: string
}

/** How often the holder says that it is still there, in milliseconds. */
export const renewEvery = 1500

const until = `clock_timestamp() + interval '${leaseSeconds} seconds'`

/**
 * Takes the lease, if nobody has it or its time is up; never waits. A lease that runs for longer than one can is of before
 * somebody set the database's clock back. With `force`, whoever has it.
 */
export async function takeLease(pool: pg.Pool, holder: string, force = false): Promise<Lease | undefined> {
  const { rows } = await pool.query<Omit<Lease, 'holder'>>(
    `UPDATE audit_sequencer SET holder = $1, term = term + 1, lease_until = ${until}
     WHERE id = (
       SELECT id FROM audit_sequencer
       WHERE $2 OR holder IS NULL OR holder = $1 OR lease_until < clock_timestamp() OR lease_until > ${until} + interval '1 second'
       FOR UPDATE SKIP LOCKED)
     RETURNING term, epoch, watermark, database`,
    [holder, force],
  )
  return rows[0] && { holder, ...rows[0] }
}

/** Says that the holder is still there, unless a turn is at it, which says so itself. Returns whether it still has the lease. */
export async function renewLease(pool: pg.Pool, { holder, term }: Lease): Promise<boolean> {
  const { rows } = await pool.query<{ holds: boolean }>(
    `WITH renewed AS (
       UPDATE audit_sequencer SET lease_until = ${until}
       WHERE id = (SELECT id FROM audit_sequencer WHERE holder = $1 AND term = $2 FOR UPDATE SKIP LOCKED)
     ) SELECT EXISTS (SELECT FROM audit_sequencer WHERE holder = $1 AND term = $2) AS holds`,
    [holder, term],
  )
  return rows[0]?.holds ?? false
}

/** Gives the lease back and tells the others, one of which takes it. */
export async function returnLease(pool: pg.Pool, { holder, term }: Lease): Promise<void> {
  await pool.query(
    `WITH returned AS (
       UPDATE audit_sequencer SET holder = NULL, lease_until = '-infinity' WHERE id = 1 AND holder = $1 AND term = $2 RETURNING id
     ) SELECT pg_notify('lethe_audit', '') FROM returned`,
    [holder, term],
  )
}
