import { Prisma } from '#prisma/client.ts'
import type { OverviewPart } from '../contacts/overview/part.ts'

/** What the overview of a contact tells of corrections. */
export const correctionOverview: readonly OverviewPart[] = [
  {
    category: 'corrections',
    description: 'Corrections that the contact proposed; called by their fields.',
    right: 'selfservice.corrections',
    from: Prisma.sql`correction_proposal p`,
    where: Prisma.sql`p.contact_id = c.id AND p.state <> 'unconfirmed'`,
    id: Prisma.sql`p.id`,
    at: Prisma.sql`p.proposed_at`,
    newestFirst: Prisma.sql`p.id DESC`,
    kind: Prisma.sql`p.state`,
    title: { text: Prisma.sql`p.field`, right: 'selfservice.corrections' },
  },
]
