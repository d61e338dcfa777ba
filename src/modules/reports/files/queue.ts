import { Prisma } from '#prisma/client.ts'
import { byId, type Claimed, leaseQueue } from '../../../database/lease-queue.ts'
import type { Queue } from '../../../database/queues.ts'

/** How far it is. `total` null: nobody has counted yet. */
export type Reached = { done: number; total: number | null }

/** Tries that a file has; then it has failed. */
export const mostAttempts = 6

/** Files that are to be made. */
export const fileWork = leaseQueue<Claimed, Reached>({
  ...byId,
  table: Prisma.sql`report_file_work`,
  lease: 60_000,
  onClaim: Prisma.sql`, rows_done = 0`,
  progress: ({ done, total }) => Prisma.sql`, rows_done = ${done}, rows_total = ${total}`,
})

/** Files of reports that are not made yet. */
export const files: Queue = {
  name: 'report_files',
  waiting: Prisma.sql`SELECT f.created_at AS since FROM report_file_work w JOIN report_file f ON f.id = w.id`,
}
