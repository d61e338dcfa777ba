import type { Database } from '../../database/client.ts'

/** A package whose making this process has claimed: nobody else does it until its lease has run out. */
export type ClaimedWork = { contactId: string; id: string /** This one included. */; attempts: number }

/** Milliseconds. The lease is renewed while the work goes on. */
export const lease = 60_000

/** Tries that a package has; then it has failed. */
export const mostAttempts = 5

/** Claims what is due the longest. What a process that died was at is claimed again when its lease has run out. Times are PostgreSQL's. */
export async function claimWork(database: Database): Promise<ClaimedWork | undefined> {
  const [claimed] = await database.$queryRaw<ClaimedWork[]>`
    UPDATE access_package_work w
    SET attempts = w.attempts + 1, is_building = true, records_done = 0, due_at = now() + ${lease} * interval '1 millisecond'
    FROM (SELECT contact_id, id FROM access_package_work WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) due
    WHERE w.contact_id = due.contact_id AND w.id = due.id
    RETURNING w.contact_id AS "contactId", w.id, w.attempts`
  return claimed
}

/** Keeps the lease, and says how far it is. False: it isn't ours any more, or the package is gone. */
export async function renewLease(
  database: Database,
  { contactId, id, attempts }: ClaimedWork,
  { done, total }: { done: number; total: number },
): Promise<boolean> {
  const count = await database.$executeRaw`
    UPDATE access_package_work SET due_at = now() + ${lease} * interval '1 millisecond', records_done = ${done}, records_total = ${total}
    WHERE contact_id = ${contactId}::uuid AND id = ${id}::uuid AND attempts = ${attempts}`
  return count === 1
}

/** Puts it back, to be tried again after a while (milliseconds). */
export const putBack = (database: Database, { contactId, id, attempts }: ClaimedWork, pause: number) =>
  database.$executeRaw`
    UPDATE access_package_work SET due_at = now() + ${pause} * interval '1 millisecond', is_building = false
    WHERE contact_id = ${contactId}::uuid AND id = ${id}::uuid AND attempts = ${attempts}`

/** In how many milliseconds the next is due; undefined if nothing waits. */
export async function nextDue(database: Database): Promise<number | undefined> {
  const [row] = await database.$queryRaw<{ wait: number | null }[]>`
    SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS wait FROM access_package_work`
  return row?.wait ?? undefined
}
