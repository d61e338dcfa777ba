import { Prisma } from '#prisma/client.ts'
import type { OverviewPart } from '../contacts/overview/part.ts'

/** What the overview of a contact tells of requests. */
export const requestOverview: readonly OverviewPart[] = [
  {
    category: 'requests',
    description: 'Rights that the contact made use of by asking (Art. 15 to 22 GDPR).',
    right: 'requests.requests',
    from: Prisma.sql`subject_request r`,
    where: Prisma.sql`r.contact_id = c.id`,
    id: Prisma.sql`r.id`,
    at: Prisma.sql`r.received_at`,
    newestFirst: Prisma.sql`r.id DESC`,
    kind: Prisma.sql`r.kind`,
  },
]
