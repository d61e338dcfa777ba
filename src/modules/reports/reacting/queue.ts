import { Prisma } from '#prisma/client.ts'
import { byId, leaseQueue } from '../../../database/lease-queue.ts'
import type { Queue } from '../../../database/queues.ts'

/** Tries that a reaction has; then it has failed, with what was done until then. */
export const mostAttempts = 8

/** Reactions that are to be done. The lease is renewed before each batch. */
export const reactionWork = leaseQueue({ ...byId, table: Prisma.sql`report_reaction_work`, lease: 180_000 })

/** Reactions to reports that are not done yet. */
export const reactions: Queue = {
  name: 'report_reactions',
  waiting: Prisma.sql`SELECT r.created_at AS since FROM report_reaction_work w JOIN report_reaction r ON r.id = w.id`,
}
