import { z } from 'zod'
import type { WorkContext } from '../../../graphql/context.ts'
import { participations, roles, statuses } from '../../calendar/draft.ts'
import type { CalendarEvent } from '../../calendar/ical/event.ts'
import { importCalendar } from '../../calendar/ical/import.ts'
import { calendarEnd, calendarHead, writeEvents } from '../../calendar/ical/write.ts'
import type { PackageData } from './open.ts'
import { type Came, faultsOf } from './report.ts'

const text = z.string()
const texts = z.array(text)

/** An appointment as a package has it. */
const appointment = z.object({
  ...{ uid: text.min(1), recurrenceId: text, title: text, place: text, description: text },
  ...{ begin: text, end: text, timeZone: text, rule: text, dates: texts, exceptions: texts },
  ...{ status: z.enum(statuses), role: z.enum(roles), participation: z.enum(participations) },
})

const batch = 500

/**
 * Takes in appointments, with this person alone: whom else a package names has not agreed to be here. What is here under the same UID stays as it
 * is, whatever the package says of it.
 */
export async function takeAppointments(
  context: WorkContext,
  { data }: PackageData,
  { contactId }: { contactId: string },
): Promise<Came> {
  const came: Came = { created: 0, known: 0, faults: [] }
  const events: { place: string; event: CalendarEvent }[] = []
  for (const [index, { record }] of (data['appointment'] ?? []).entries()) {
    const place = `appointment ${index + 1}`
    const read = appointment.safeParse(record)
    if (read.success) events.push({ place, event: eventOf(read.data, contactId) })
    else came.faults.push({ field: place, message: 'This is no appointment as a package has it.' })
  }
  // Series first, so that an instance finds its own.
  const ordered = [
    ...events.filter(({ event }) => !event.recurrenceId),
    ...events.filter(({ event }) => event.recurrenceId),
  ]
  for (let start = 0; start < ordered.length; start += batch) {
    const fresh = await freshOf(context, ordered.slice(start, start + batch), contactId, came)
    if (fresh.length > 0) await write(context, fresh, contactId, came)
  }
  return came
}

async function write(context: WorkContext, events: readonly CalendarEvent[], contactId: string, came: Came) {
  const stamp = new Date()
  const content =
    calendarHead() +
    writeEvents(
      events.map((event) => ({ event, stamp })),
      new Set(),
    ) +
    calendarEnd
  const { rights } = context
  try {
    const counts = await importCalendar(
      context,
      (async function* () {
        yield Buffer.from(content)
      })(),
      {
        ...{ timeZone: 'UTC', contactId, ...(rights && { rights }) },
        onRejected: (_line, faults) =>
          void came.faults.push(...faults.map((fault) => ({ ...fault, field: `appointments: ${fault.field}` }))),
      },
    )
    came.created += counts.created + counts.cancelled
    came.known += counts.unchanged + counts.updated
  } catch (error) {
    came.faults.push(...faultsOf('appointments', error))
  }
}

type Placed = { place: string; event: CalendarEvent }

/** Those that are not here yet, and change nothing that others take part in. */
async function freshOf({ database }: WorkContext, events: readonly Placed[], contactId: string, came: Came) {
  const found = await database.appointment.findMany({
    where: { uid: { in: events.map(({ event }) => event.uid) } },
    select: {
      ...{ uid: true, recurrenceId: true, staff: { select: { id: true }, take: 1 } },
      participants: { select: { contactId: true }, take: 2 },
    },
  })
  const known = new Map(found.map((one) => [`${one.uid} ${one.recurrenceId}`, one]))
  return events.flatMap(({ place, event }) => {
    const same = known.get(`${event.uid} ${event.recurrenceId}`)
    const own = same ?? known.get(`${event.uid} `)
    const isTheirs = own?.staff.length === 0 && own.participants.every((one) => one.contactId === contactId)
    if (!own || (!same && isTheirs)) return [event]
    if (same && own.participants.some((one) => one.contactId === contactId)) came.known++
    else came.faults.push({ field: place, message: 'There is such an appointment here, which others take part in.' })
    return []
  })
}

function eventOf({ role, participation, ...rest }: z.infer<typeof appointment>, contactId: string): CalendarEvent {
  const self = { name: '', email: '', urn: `urn:uuid:${contactId}`, role, participation }
  return { ...rest, recurrenceZone: rest.timeZone, sequence: 0, attendees: [self] }
}
