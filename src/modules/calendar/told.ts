import type { Context } from '../../graphql/context.ts'
import { noteReceived } from '../recipients/received.ts'
import { type News, replaced, type Telling, type ToldEntry } from '../recipients/told.ts'
import type { SeenAppointment } from './read.ts'

const times = ['begin', 'end', 'timeZone', 'rule', 'dates', 'exceptions', 'status']

/** What partners may have wrong of an appointment. */
export const receivedOfAppointments = {
  fields: [...times, 'title', 'place', 'description', 'participants'],
  record: ({ id }: SeenAppointment) => id,
  contacts: ({ contacts }: SeenAppointment) => contacts.map(({ contactId }) => contactId),
}

/** Notes that the partner who calls gets these appointments as a file, with those who take part, as far as it may read them. */
export async function noteExported(context: Context, page: readonly SeenAppointment[]): Promise<void> {
  const { rights } = context
  const rightOf = { title: 'title', place: 'title', description: 'description', participants: 'participants' }
  const fields = receivedOfAppointments.fields.filter((name) => {
    const right: unknown = Reflect.get(rightOf, name)
    return typeof right !== 'string' || rights.canRead(`calendar.${right}`)
  })
  const mayName = rights.canRead('calendar.participants') && rights.canRead('contacts.contact')
  const ofContacts = [
    ...(mayName && rights.canRead('contacts.name') ? ['displayName'] : []),
    ...(mayName && rights.canRead('contacts.email') ? ['emails'] : []),
  ]
  await Promise.all(
    page.flatMap(({ id, contacts }) =>
      contacts.flatMap(({ contactId }) => [
        ...fields.map((name) => noteReceived(context, contactId, `Appointment.${name}`, id)),
        ...ofContacts.map((name) => noteReceived(context, contactId, name)),
      ]),
    ),
  )
}

/** How the log calls what is told of a participant. */
const ofParticipants = {
  title: 'title',
  place: 'place',
  descriptionHash: 'description',
  guestsHash: 'participants',
  role: 'participants',
  participation: 'participants',
}

/** Who read an appointment, or brought it, is told when it changes (Art. 19 GDPR). */
export const calendarTelling: Telling = {
  entities: ['Appointment', 'AppointmentParticipant'],
  async news(tx, entries) {
    // What comes and goes with merges of contacts is told of nobody anew.
    const own = entries.filter(({ operation }) => operation !== 'undoMerge')
    const parts = own.filter(({ entity }) => entity === 'AppointmentParticipant')
    const rows = await tx.appointmentParticipant.findMany({
      where: {
        contactId: { in: parts.map(({ contactId }) => contactId) },
        id: { in: parts.map(({ entityId }) => entityId) },
      },
      select: { id: true, appointmentId: true },
    })
    const appointmentOf = new Map(rows.map(({ id, appointmentId }) => [id, appointmentId]))
    return own.flatMap((entry): News<typeof entry>[] => {
      const { entity, entityId, changes } = entry
      const record = entity === 'Appointment' ? entityId : (appointmentOf.get(entityId) ?? formerly(entry))
      const fields =
        entity === 'Appointment'
          ? replaced(changes, times)
          : replaced(changes, Object.keys(ofParticipants)).map((name) => Reflect.get(ofParticipants, name))
      return record ? [{ entry, kind: 'rectified', record, fields: fields.map((name) => `Appointment.${name}`) }] : []
    })
  },
}

/** Of what an entry told that removed it. */
const formerly = ({ changes }: ToldEntry): string | undefined => {
  const id = changes['appointment']?.old
  return typeof id === 'string' ? id : undefined
}
