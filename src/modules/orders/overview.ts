import { Prisma } from '#prisma/client.ts'
import type { OverviewPart } from '../contacts/overview/part.ts'
import { ownersOf } from './list.ts'

/** What the overview of a contact tells of orders. */
export const orderOverview: readonly OverviewPart[] = [
  {
    category: 'orders',
    description: 'What the contact ordered; called by their numbers.',
    right: 'orders.orders',
    from: Prisma.sql`customer_order o`,
    where: (seer) => Prisma.sql`o.contact_id = ANY(${ownersOf(seer, Prisma.sql`c.id`)})`,
    id: Prisma.sql`o.id`,
    at: Prisma.sql`o.placed_at`,
    newestFirst: Prisma.sql`o.placed_at DESC, o.id DESC`,
    kind: Prisma.sql`o.status`,
    title: { text: Prisma.sql`o.number`, right: 'orders.orders' },
  },
]
