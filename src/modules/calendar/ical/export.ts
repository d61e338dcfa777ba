import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { installationId } from '../../../keys/keys.ts'
import { keyOf } from '../../audit/opening.ts'
import { isRecipient } from '../../recipients/received.ts'
import type { Participation, Role } from '../draft.ts'
import { type AppointmentFilter, filterConditions, type Window, windowConditions } from '../list.ts'
import { readAppointments, type SeenAppointment } from '../read.ts'
import { openDescription, openGuests } from '../texts.ts'
import { noteExported } from '../told.ts'
import type { Attendee, CalendarEvent } from './event.ts'
import { calendarEnd, calendarHead, writeEvents } from './write.ts'

const pageSize = 200

/** What of a calendar is exported. */
export type Exported = { filter: AppointmentFilter; window: Window }

/**
 * A calendar as a file (RFC 5545), piece by piece, in bounded memory: each series and each instance that differs, with as much of it
 * as the caller may read.
 */
export async function* exportCalendar(context: Context, { filter, window }: Exported): AsyncGenerator<string> {
  const zones = new Set<string>()
  const conditions = [...filterConditions(context, filter), ...windowConditions(window)]
  yield calendarHead()
  for (let after: string | undefined; ; ) {
    const next = after ? [Prisma.sql`a.id > ${after}::uuid`] : []
    const page = await readAppointments(context, { conditions: [...conditions, ...next], limit: pageSize })
    if (page.length > 0) yield writeEvents(await eventsOf(context, page), zones)
    after = page.at(-1)?.id
    if (page.length < pageSize) break
  }
  yield calendarEnd
}

async function eventsOf(context: Context, page: readonly SeenAppointment[]) {
  const people = await peopleOf(context, page)
  const seriesZones = await zonesOf(context, page)
  const { rights } = context
  const [title, describe, participants] = ['title', 'description', 'participants'].map((one) =>
    rights.canRead(`calendar.${one}`),
  )
  if (isRecipient(context)) await noteExported(context, page)
  return Promise.all(
    page.map(async (row) => {
      const { uid, recurrenceId, sequence, status, begin, end, timeZone, rule, dates, exceptions, copy, holder } = row
      const found = await keyOf(context, { contactId: holder.contactId ?? installationId })
      const key = found === 'destroyed' ? undefined : found
      const event: CalendarEvent = {
        ...{ uid, recurrenceId, sequence, status, begin, end, timeZone, rule, dates, exceptions },
        recurrenceZone: row.seriesId ? (seriesZones.get(row.seriesId) ?? timeZone) : '',
        title: title ? copy.title : '',
        place: title ? copy.place : '',
        description: describe && key ? openDescription(key, holder, copy.description) : '',
        attendees: participants
          ? [...people(row), ...(key ? openGuests(key, holder, copy.guests).map(asGuest) : [])]
          : [],
      }
      return { event, stamp: row.updatedAt }
    }),
  )
}

const asGuest = (guest: Omit<Attendee, 'urn'>): Attendee => ({ ...guest, urn: `urn:x-lethe:guest` })

/** How contacts and users are called there, as far as the caller may read it. */
async function peopleOf(context: Context, page: readonly SeenAppointment[]) {
  const { rights, database } = context
  const ids = [...new Set(page.flatMap(({ contacts }) => contacts.map(({ contactId }) => contactId)))]
  const userIds = [...new Set(page.flatMap(({ staff }) => staff.map(({ userId }) => userId)))]
  const [mayName, mayAddress] = [rights.canRead('contacts.name'), rights.canRead('contacts.email')]
  const contacts =
    ids.length > 0 && rights.canRead('contacts.contact') && (mayName || mayAddress)
      ? await database.contact.findMany({
          where: { id: { in: ids } },
          select: {
            id: true,
            displayName: true,
            points: {
              where: { kind: 'email' },
              orderBy: [{ primary: 'desc' }, { id: 'asc' }],
              select: { value: true },
            },
          },
        })
      : []
  const users =
    userIds.length > 0 && rights.canRead('identity.users')
      ? await database.user.findMany({ where: { id: { in: userIds } }, select: { id: true, name: true, email: true } })
      : []
  const known = new Map([
    ...contacts.map(({ id, displayName, points }) => {
      const email = mayAddress ? (points[0]?.value ?? '') : ''
      return [id, { name: mayName ? displayName : '', email }] as const
    }),
    ...users.map(({ id, name, email }) => [id, { name, email }] as const),
  ])
  const as = (id: string, { role, participation }: { role: Role; participation: Participation }): Attendee => ({
    ...(known.get(id) ?? { name: '', email: '' }),
    ...{ role, participation, urn: `urn:uuid:${id}` },
  })
  // Who may know of nobody learns no ids here, either.
  const [mayContacts, mayUsers] = [rights.canRead('contacts.contact'), rights.canRead('identity.users')]
  return (row: SeenAppointment) => [
    ...(mayContacts ? row.contacts.map((part) => as(part.contactId, part)) : []),
    ...(mayUsers ? row.staff.map((part) => as(part.userId, part)) : []),
  ]
}

/** Where the clock is that the instances of a series are named by. */
async function zonesOf({ database }: Context, page: readonly SeenAppointment[]) {
  const ids = [...new Set(page.flatMap(({ seriesId }) => seriesId ?? []))]
  const rows =
    ids.length > 0
      ? await database.appointment.findMany({ where: { id: { in: ids } }, select: { id: true, timeZone: true } })
      : []
  return new Map(rows.map(({ id, timeZone }) => [id, timeZone]))
}
