import { Prisma } from '#prisma/client.ts'
import { type Claimed, leaseQueue } from '../../database/lease-queue.ts'
import type { Queue } from '../../database/queues.ts'

/** A package whose making this process has claimed. */
export type ClaimedWork = Claimed & { contactId: string }

/** Tries that a package has; then it has failed. */
export const mostAttempts = 5

/** Packages that are to be made. */
export const packageWork = leaseQueue<ClaimedWork, { done: number; total: number }>({
  table: Prisma.sql`access_package_work`,
  key: Prisma.sql`contact_id, id`,
  returned: Prisma.sql`contact_id AS "contactId", id`,
  isPiece: ({ contactId, id }) => Prisma.sql`contact_id = ${contactId}::uuid AND id = ${id}::uuid`,
  isAt: Prisma.sql`is_building`,
  lease: 60_000,
  onClaim: Prisma.sql`, records_done = 0`,
  progress: ({ done, total }) => Prisma.sql`, records_done = ${done}, records_total = ${total}`,
})

/** Access packages that are not made yet. */
export const packages: Queue = {
  name: 'access_packages',
  waiting: Prisma.sql`SELECT p.created_at AS since FROM access_package_work w
    JOIN access_package p ON p.contact_id = w.contact_id AND p.id = w.id`,
  givenUp: Prisma.sql`SELECT FROM access_package WHERE state = 'failed'`,
}
