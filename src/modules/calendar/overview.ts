import { Prisma } from '#prisma/client.ts'
import type { OverviewPart } from '../contacts/overview/part.ts'

/** What the overview of a contact tells of appointments. */
export const appointmentOverview: readonly OverviewPart[] = [
  {
    category: 'appointments',
    description: 'Appointments that the contact takes part in; the newest is the one that begins last.',
    right: 'calendar.participants',
    from: Prisma.sql`appointment_participant p JOIN appointment a ON a.id = p.appointment_id`,
    where: Prisma.sql`p.contact_id = c.id`,
    id: Prisma.sql`a.id`,
    at: Prisma.sql`a.begins_at`,
    newestFirst: Prisma.sql`a.begins_at DESC, a.id DESC`,
    kind: Prisma.sql`a.status`,
    title: { text: Prisma.sql`nullif(p.title, '')`, right: 'calendar.title' },
  },
]
