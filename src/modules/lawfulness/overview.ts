import { Prisma } from '#prisma/client.ts'
import type { OverviewPart } from '../contacts/overview/part.ts'

/** What the overview of a contact tells of legal grounds. */
export const groundOverview: readonly OverviewPart[] = [
  {
    category: 'legalGrounds',
    description: 'What happened to the legal grounds of the contact, consents among them; called by their purposes.',
    right: 'lawfulness.basis',
    from: Prisma.sql`lawful_basis_event e`,
    where: Prisma.sql`e.contact_id = c.id`,
    id: Prisma.sql`e.id`,
    at: Prisma.sql`e.occurred_at`,
    newestFirst: Prisma.sql`e.id DESC`,
    kind: Prisma.sql`e.kind`,
    title: { text: Prisma.sql`e.purpose_key`, right: 'lawfulness.basis' },
  },
]
