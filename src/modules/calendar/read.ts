import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../graphql/context.ts'
import { isBound, noteSeen, type Seer, seenContacts } from '../contacts/sight.ts'
import { type Part, participationOf, roleOf, type Status, statusOf } from './draft.ts'
import type { Copy, Holder } from './texts.ts'
import type { Schedule } from './times.ts'

/** That a contact takes part, as the caller sees it. */
export type ContactPart = Part & { contactId: string; id: string; title: string; place: string }

/** An appointment as one caller sees it. */
export type SeenAppointment = Schedule & {
  id: string
  uid: string
  seriesId: string | null
  recurrenceId: string
  beginsAt: Date
  endsAt: Date | null
  status: Status
  sequence: number
  version: number
  createdAt: Date
  updatedAt: Date
  /** Only contacts that the caller sees. */
  contacts: readonly ContactPart[]
  /** Of those, too: nothing tells whether there are others. */
  contactCount: number
  staff: readonly (Part & { id: string; userId: string })[]
  copy: Copy
  holder: Holder
}

type Row = Omit<SeenAppointment, 'contacts' | 'staff' | 'copy' | 'holder' | 'status'> & {
  status: string
  title: string
  place: string
  description: Uint8Array<ArrayBuffer> | null
  guests: Uint8Array<ArrayBuffer> | null
  participants: JsonParticipant[] | null
  staff: { id: string; userId: string; role: string; participation: string }[] | null
}

type JsonParticipant = Record<'contactId' | 'id' | 'role' | 'participation' | 'title' | 'place', string> &
  Record<'description' | 'guests', string | null>

/** Who takes part in the appointment `a`, with the contact as `c`; who was merged into another does by way of that one. */
const participants = (seer: Seer) => Prisma.sql`
  appointment_participant p JOIN ${seenContacts(seer)} c ON c.contact_id = p.contact_id
  WHERE p.appointment_id = a.id AND c.merged_into_id IS NULL`

/**
 * That the caller sees the appointment `a`: one about no contact, or about one that they see. Who isn't bound to purposes sees
 * all.
 */
export const isSeen = (seer: Seer): Prisma.Sql =>
  isBound(seer)
    ? Prisma.sql`(NOT EXISTS (SELECT FROM appointment_participant p WHERE p.appointment_id = a.id)
        OR EXISTS (SELECT FROM ${participants(seer)}))`
    : Prisma.sql`true`

// In Prisma's names. A page is one statement, with everybody who takes part.
const columns = (seer: Seer) => Prisma.sql`
  a.id, a.uid, a.series_id AS "seriesId", a.recurrence_id AS "recurrenceId", a.begin, a."end", a.time_zone AS "timeZone",
  a.begins_at AS "beginsAt", a.ends_at AS "endsAt", a.rule, a.dates, a.exceptions, a.status, a.sequence, a.version,
  a.created_at AS "createdAt", a.updated_at AS "updatedAt", a.title, a.place, a.description, a.guests,
  (SELECT json_agg(json_build_object('contactId', p.contact_id, 'id', p.id, 'role', p.role, 'participation', p.participation,
     'title', p.title, 'place', p.place, 'description', encode(p.description, 'base64'), 'guests', encode(p.guests, 'base64'))
     ORDER BY p.id) FROM ${participants(seer)}) AS participants,
  (SELECT count(*)::int FROM ${participants(seer)}) AS "contactCount",
  (SELECT json_agg(json_build_object('id', s.id, 'userId', s.user_id, 'role', s.role, 'participation', s.participation)
     ORDER BY s.id) FROM appointment_staff s WHERE s.appointment_id = a.id) AS staff`

/** What a statement takes besides: conditions on `a`, an order, a limit, further columns. */
export type Reading = {
  conditions: readonly Prisma.Sql[]
  orderBy?: Prisma.Sql
  limit: number
  cursorColumns?: Prisma.Sql
}

/** Reads appointments as the caller sees them, in one statement. */
export async function readAppointments(
  context: Context,
  { conditions, orderBy = Prisma.sql`a.id`, limit, cursorColumns = Prisma.sql`NULL AS cursor_0` }: Reading,
): Promise<(SeenAppointment & Record<string, unknown>)[]> {
  const rows = await context.database.$queryRaw<(Row & Record<string, unknown>)[]>`
    SELECT ${columns(context)}, ${cursorColumns} FROM appointment a
    WHERE ${Prisma.join([isSeen(context), ...conditions], ' AND ')} ORDER BY ${orderBy} LIMIT ${limit}`
  const found = rows.map(asSeen)
  noteSeen(context, new Set(found.flatMap(({ contacts }) => contacts.map(({ contactId }) => contactId))))
  return found
}

/** One appointment; null if there is none that the caller sees. */
export async function findAppointment(context: Context, id: string): Promise<SeenAppointment | null> {
  const [found] = await readAppointments(context, { conditions: [Prisma.sql`a.id = ${id}::uuid`], limit: 1 })
  return found ?? null
}

function asSeen({ participants: found, staff, title, place, description, guests, ...row }: Row) {
  const [first] = found ?? []
  return {
    ...row,
    status: statusOf(row.status),
    contacts: (found ?? []).map(({ description: _, guests: _guests, ...part }) => ({ ...part, ...partOf(part) })),
    staff: (staff ?? []).map((part) => ({ ...part, ...partOf(part) })),
    copy: first
      ? { title: first.title, place: first.place, description: bytes(first.description), guests: bytes(first.guests) }
      : { title, place, description, guests },
    holder: first ? { contactId: first.contactId, id: first.id } : { contactId: null, id: row.id },
  }
}

const partOf = ({ role, participation }: { role: string; participation: string }): Part => ({
  role: roleOf(role),
  participation: participationOf(participation),
})

const bytes = (base64: string | null) => (base64 === null ? null : Uint8Array.from(Buffer.from(base64, 'base64')))
