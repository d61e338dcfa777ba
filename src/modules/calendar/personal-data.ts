import { createHash } from 'node:crypto'
import type { Appointment, AppointmentParticipant } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import { asRecord, type Disclosed, type Held, openerOf, rowsOf } from '../disclosed.ts'
import type { PersonalData } from '../module.ts'
import { calendarOperations, calendarTexts, hidden } from './disclosure-texts.ts'
import { participationOf, roleOf, statusOf } from './draft.ts'
import type { CalendarEvent } from './ical/event.ts'
import { calendarEnd, calendarHead, writeEvents } from './ical/write.ts'
import { deleteStored } from './store.ts'
import { openDescription } from './texts.ts'

const category = 'appointments'

/** How many appointments a file of the disclosure holds: so many are in memory at once. */
const perFile = 2000

/** What this module holds about a contact, and how it is disclosed and erased. */
export const calendarData: PersonalData = {
  categories: [category],
  models: ['AppointmentParticipant'],
  texts: calendarTexts,
  operations: calendarOperations,
  async *disclose(held) {
    const { tx } = held
    let file = newFile(1)
    const include = { appointment: { include: { _count: { select: { participants: true, staff: true } } } } }
    for await (const row of rowsOf(held, (page) => tx.appointmentParticipant.findMany({ ...page, include }))) {
      const { appointment, ...participant } = row
      const key = await openerOf(held)
      const description = key ? openDescription(key, participant, participant.description) : ''
      const { contacts, staff } = { contacts: appointment._count.participants - 1, staff: appointment._count.staff }
      const others = contacts + staff > 0 || participant.guests !== null
      if (held.told?.('appointment', appointment.id)) continue
      yield {
        kind: 'appointment',
        category,
        once: appointment.id,
        record: recordOf(participant, appointment, description, {
          contacts,
          staff,
          guests: participant.guests !== null,
        }),
        ...(others && { redactions: [{ field: 'otherParticipants', rule: hidden }] }),
      }
      file.events.push({ event: eventOf(held, participant, appointment, description), stamp: appointment.updatedAt })
      if (file.events.length < perFile) continue
      yield disclosedFile(file)
      file = newFile(file.number + 1)
    }
    if (file.events.length > 0) yield disclosedFile(file)
  },
  async erase(tx, contactId, { keep }) {
    const where = { contactId }
    const reason = keep['AppointmentParticipant']
    if (reason !== undefined) {
      const rows = await tx.appointmentParticipant.count({ where })
      return { erased: {}, kept: { AppointmentParticipant: { rows, reason } } }
    }
    return { erased: await eraseParticipations(tx, contactId), kept: {} }
  },
}

/**
 * Takes a contact out of their appointments. Those about no other contact go as a whole: of those that stay, every other contact
 * keeps their own copy of what they are about.
 */
async function eraseParticipations(tx: Transaction, contactId: string): Promise<Record<string, number>> {
  const rows = await tx.appointmentParticipant.findMany({ where: { contactId }, select: { appointmentId: true } })
  const ids = [...new Set(rows.map(({ appointmentId }) => appointmentId))]
  const { count } = await tx.appointmentParticipant.deleteMany({ where: { contactId } })
  // Two of whom each is the last but for the other: this makes one of them wait, and look again.
  await tx.appointment.updateMany({ where: { id: { in: ids } }, data: { updatedAt: new Date() } })
  const orphans = await tx.appointment.findMany({
    where: { id: { in: ids }, participants: { none: {} } },
    select: { id: true, seriesId: true, recurrenceId: true },
  })
  const series = new Set(orphans.filter(({ seriesId }) => seriesId === null).map(({ id }) => id))
  const instances = await tx.appointment.findMany({ where: { seriesId: { in: [...series] } }, select: { id: true } })
  await deleteStored(tx, [...new Set([...orphans, ...instances].map(({ id }) => id))])
  // Where an instance differed and is gone, the series does not take place as if it never had.
  const gone = Map.groupBy(orphans, ({ seriesId }) => seriesId)
  for (const [seriesId, own] of gone) {
    if (seriesId === null || series.has(seriesId)) continue
    const { exceptions } = await tx.appointment.findUniqueOrThrow({ where: { id: seriesId } })
    const all = [...new Set([...exceptions, ...own.map(({ recurrenceId }) => recurrenceId)])].sort()
    await tx.appointment.update({ where: { id: seriesId }, data: { exceptions: all } })
  }
  return { AppointmentParticipant: count, Appointment: orphans.length }
}

type Others = { contacts: number; staff: number; guests: boolean }

function recordOf(
  participant: AppointmentParticipant,
  appointment: Appointment,
  description: string,
  otherParticipants: Others,
): Disclosed['record'] {
  const { id, title, place, role, participation } = participant
  const { uid, begin, end, timeZone, rule, dates, exceptions, status, recurrenceId, createdAt, updatedAt } = appointment
  return asRecord({
    ...{ id, title, place, description, role, participation, status },
    ...{ begin, end, timeZone, rule, dates, exceptions, recurrenceId, uid, createdAt, updatedAt, otherParticipants },
  })
}

function eventOf(
  { contactId }: Held,
  participant: AppointmentParticipant,
  appointment: Appointment,
  description: string,
): CalendarEvent {
  const { role, participation, title, place } = participant
  const self = {
    name: '',
    email: '',
    urn: `urn:uuid:${contactId}`,
    role: roleOf(role),
    participation: participationOf(participation),
  }
  const { uid, begin, end, timeZone, rule, dates, exceptions, sequence, status, recurrenceId } = appointment
  return {
    ...{ uid, begin, end, timeZone, rule, dates, exceptions, sequence, recurrenceId, title, place, description },
    recurrenceZone: timeZone,
    status: statusOf(status),
    attendees: [self],
  }
}

type File = { number: number; events: { event: CalendarEvent; stamp: Date }[] }

const newFile = (number: number): File => ({ number, events: [] })

/** The appointments as other calendars read them. */
function disclosedFile({ number, events }: File): Disclosed {
  const content = Buffer.from(calendarHead() + writeEvents(events, new Set()) + calendarEnd)
  const name = number === 1 ? 'calendar.ics' : `calendar-${number}.ics`
  return {
    kind: 'calendarFile',
    category,
    record: { name, appointments: events.length },
    files: [
      {
        name,
        mediaType: 'text/calendar',
        size: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        open: async function* () {
          yield content
        },
      },
    ],
  }
}
