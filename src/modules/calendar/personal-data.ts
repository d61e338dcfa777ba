import { createHash } from 'node:crypto'
import type { Appointment, AppointmentParticipant } from '#prisma/client.ts'
import { asRecord, type Disclosed, type Held, openerOf, rowsOf } from '../disclosed.ts'
import type { PersonalData } from '../module.ts'
import { calendarOperations, calendarTexts, hidden } from './disclosure-texts.ts'
import { participationOf, roleOf, statusOf } from './draft.ts'
import { eraseParticipations } from './erase.ts'
import type { CalendarEvent } from './ical/event.ts'
import { calendarEnd, calendarHead, writeEvents } from './ical/write.ts'
import { openDescription } from './texts.ts'

const category = 'appointments'

/** How many appointments a file of the disclosure holds: so many are in memory at once. */
const perFile = 2000

/** What this module holds about a contact, and how it is disclosed and erased. */
export const calendarData: PersonalData = {
  categories: [category],
  models: ['AppointmentParticipant'],
  logged: { AppointmentParticipant: category },
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
  erase: eraseParticipations,
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
