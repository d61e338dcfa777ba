import { Prisma } from '#prisma/client.ts'
import { byId, leaseQueue } from '../../database/lease-queue.ts'
import type { Queue } from '../../database/queues.ts'
import type { Transaction } from '../../database/transact.ts'

/** Puts an erasure into the queue; it begins when the caller's transaction is committed. */
export const enqueue = (tx: Transaction, id: string): Promise<unknown> =>
  tx.erasureWork.createMany({ data: [{ id, dueAt: new Date(0) }] })

/** Erasures that are to be executed. */
export const erasureWork = leaseQueue({ ...byId, table: Prisma.sql`erasure_work`, lease: 60_000 })

/** Erasures that are approved and not executed; those that a hold stops don't wait for us. */
export const erasures: Queue = {
  name: 'erasures',
  waiting: Prisma.sql`SELECT coalesce(e.approved_at, e.requested_at) AS since FROM erasure_work w JOIN erasure e ON e.id = w.id
    WHERE w.is_running OR w.due_at <= now() OR w.attempts > 0`,
  givenUp: Prisma.sql`SELECT FROM erasure WHERE state = 'failed'`,
}
