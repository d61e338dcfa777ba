import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'

/** An erasure that this process has claimed: nobody else is at it until its lease has run out. */
export type ClaimedErasure = { id: string /** This one included. */; attempts: number }

/** Milliseconds. The lease is renewed while the work goes on. */
const lease = 60_000

/** Puts an erasure into the queue; it begins when the caller's transaction is committed. */
export const enqueue = (tx: Transaction, id: string): Promise<unknown> =>
  tx.erasureWork.createMany({ data: [{ id, dueAt: new Date(0) }] })

/** Claims what is due the longest. What a process that died was at is claimed again when its lease has run out. Times are PostgreSQL's. */
export async function claimErasure(database: Database): Promise<ClaimedErasure | undefined> {
  const [claimed] = await database.$queryRaw<ClaimedErasure[]>`
    UPDATE erasure_work w SET attempts = w.attempts + 1, is_running = true, due_at = now() + ${lease} * interval '1 millisecond'
    FROM (SELECT id FROM erasure_work WHERE due_at <= now() ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) due
    WHERE w.id = due.id RETURNING w.id, w.attempts`
  return claimed
}

/** Keeps the lease. False: it isn't ours any more, or was called off. */
export async function renewLease(database: Database, { id, attempts }: ClaimedErasure): Promise<boolean> {
  const count = await database.$executeRaw`
    UPDATE erasure_work SET due_at = now() + ${lease} * interval '1 millisecond' WHERE id = ${id}::uuid AND attempts = ${attempts}`
  return count === 1
}

/** Puts it back, to be taken up again after a while (milliseconds). `fresh`: as if it had not been tried. */
export const putBack = (
  database: Database | Transaction,
  { id, attempts }: ClaimedErasure,
  pause: number,
  { fresh = false } = {},
): Promise<number> =>
  database.$executeRaw`
    UPDATE erasure_work SET due_at = now() + ${pause} * interval '1 millisecond', is_running = false,
      attempts = CASE WHEN ${fresh} THEN 0 ELSE attempts END
    WHERE id = ${id}::uuid AND attempts = ${attempts}`

/** In how many milliseconds the next is due; undefined if nothing waits. */
export async function nextDue(database: Database): Promise<number | undefined> {
  const [row] = await database.$queryRaw<{ wait: number | null }[]>`
    SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS wait FROM erasure_work`
  return row?.wait ?? undefined
}
