import { Prisma } from '#prisma/client.ts'
import type { OverviewPart } from '../contacts/overview/part.ts'

/** What the overview of a contact tells of documents. */
export const documentOverview: readonly OverviewPart[] = [
  {
    category: 'documents',
    description: 'Documents of the contact; the newest is the one that was linked last.',
    right: 'documents.documents',
    from: Prisma.sql`document_contact l JOIN document d ON d.id = l.document_id`,
    where: Prisma.sql`l.contact_id = c.id`,
    id: Prisma.sql`d.id`,
    at: Prisma.sql`l.linked_at`,
    newestFirst: Prisma.sql`l.id DESC`,
    kind: Prisma.sql`d.type_key`,
    title: { text: Prisma.sql`coalesce(d.title, l.title)`, right: 'documents.documents' },
  },
]
