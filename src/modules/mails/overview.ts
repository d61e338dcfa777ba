import { Prisma } from '#prisma/client.ts'
import type { OverviewPart } from '../contacts/overview/part.ts'

/** What the overview of a contact tells of mails. */
export const mailOverview: readonly OverviewPart[] = [
  {
    category: 'mails',
    description: 'Mails to the contact of the last 30 days.',
    right: 'mails.mail',
    from: Prisma.sql`outgoing_mail m`,
    where: Prisma.sql`m.contact_id = c.id`,
    id: Prisma.sql`m.id`,
    at: Prisma.sql`m.created_at`,
    newestFirst: Prisma.sql`m.id DESC`,
    kind: Prisma.sql`m.kind`,
  },
]
