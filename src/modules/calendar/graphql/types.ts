import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { type ContactKey, installationId } from '../../../keys/keys.ts'
import { keyOf } from '../../audit/opening.ts'
import { findContact } from '../../contacts/sight.ts'
import type { Guest, Part } from '../draft.ts'
import type { SeenOccurrence } from '../occurrences.ts'
import type { SeenAppointment } from '../read.ts'
import { recurs } from '../recurrence.ts'
import { openDescription, openGuests } from '../texts.ts'
import { isDay } from '../times.ts'
import { receivedOfAppointments } from '../told.ts'

/** The types of the calendar. */
export type CalendarTypes = ReturnType<typeof addCalendarTypes>

/** Somebody who takes part: a contact, a user, or a guest. */
export type Participant = Part & {
  id: string
  contactId: string | null
  userId: string | null
  guest: Guest | null
  title: string
  place: string
}

/** Adds them. */
export function addCalendarTypes(builder: Builder) {
  const enums = addCalendarEnums(builder)
  const participant = addParticipant(builder, enums)
  const appointment = builder.objectRef<SeenAppointment>('Appointment').implement({
    description:
      'When something takes place, once or again and again (RFC 5545), what it is about, and who takes part. Who is bound to ' +
      'purposes sees those about contacts that they see, or about none.',
    auth: { read: 'calendar.appointments', write: 'calendar.appointments' },
    received: receivedOfAppointments,
    about: ({ contacts }) => contacts[0]?.contactId ?? null,
    extensions: { aboutSeveral: true },
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      uid: t.exposeString('uid', { nullable: false, description: 'The `UID` of iCalendar, for other programs.' }),
      title: t.string({
        nullable: true,
        auth: { read: 'calendar.title', write: 'calendar.title' },
        description: 'What it is called.',
        resolve: ({ copy }) => copy.title || null,
      }),
      place: t.string({
        nullable: true,
        auth: { read: 'calendar.title', write: 'calendar.title' },
        description: 'Where it is.',
        resolve: ({ copy }) => copy.place || null,
      }),
      description: t.string({
        nullable: true,
        auth: { read: 'calendar.description', write: 'calendar.description' },
        description: 'What is noted of it; sealed under the keys of its contacts.',
        resolve: async ({ copy, holder }, _args, context) => {
          const key = await keyFor(context, holder.contactId)
          return (key && openDescription(key, holder, copy.description)) || null
        },
      }),
      begin: t.exposeString('begin', {
        nullable: false,
        description: 'On the clock there: `2026-03-27T09:00:00`; a day, `2026-03-27`, of one that takes whole days.',
      }),
      end: t.exposeString('end', { nullable: false, description: 'When it is over; of whole days, the day after.' }),
      timeZone: t.string({
        nullable: true,
        description: 'IANA: `Europe/Berlin`. Null: whole days, wherever one is.',
        resolve: ({ timeZone }) => timeZone || null,
      }),
      allDay: t.boolean({
        nullable: false,
        description: 'Whether it takes whole days.',
        resolve: ({ begin }) => isDay(begin),
      }),
      rule: t.string({
        nullable: true,
        description: 'How it recurs, as `RRULE` of RFC 5545: `FREQ=WEEKLY;BYDAY=MO`.',
        resolve: ({ rule }) => rule || null,
      }),
      dates: t.exposeStringList('dates', { nullable: false, description: 'When it takes place besides (`RDATE`).' }),
      exceptions: t.exposeStringList('exceptions', { nullable: false, description: 'When it does not (`EXDATE`).' }),
      recurring: t.boolean({ nullable: false, description: 'Whether it takes place more than once.', resolve: recurs }),
      series: t.string({
        nullable: true,
        description: 'Of an instance that differs: the `id` of its series.',
        resolve: ({ seriesId }) => seriesId,
      }),
      recurrenceId: t.string({
        nullable: true,
        description: 'Of an instance that differs: when it would begin by the series.',
        resolve: ({ recurrenceId }) => recurrenceId || null,
      }),
      status: t.expose('status', { type: enums.status, nullable: false, description: 'Whether it takes place.' }),
      sequence: t.exposeInt('sequence', {
        nullable: false,
        description: 'Counts the changes of time, as iCalendar does: of several versions, the highest holds.',
      }),
      participants: t.field({
        type: [participant],
        nullable: true,
        auth: { read: 'calendar.participants', write: 'calendar.participants' },
        description: 'Who takes part: contacts, of which you see some or all, users, and guests.',
        resolve: async (row, _args, context) => participantsOf(row, await keyFor(context, row.holder.contactId)),
      }),
      contactCount: t.exposeInt('contactCount', {
        nullable: true,
        auth: { read: 'calendar.participants' },
        description: 'How many contacts take part, of those that you see.',
      }),
      version: t.exposeInt('version', {
        nullable: false,
        description: 'Counts the changes. Changing it wants the version that you read, so that no change is lost.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was entered.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'When it last changed.' }),
    }),
  })
  const occurrence = builder.objectRef<SeenOccurrence>('AppointmentOccurrence').implement({
    description: 'One time that an appointment takes place.',
    auth: { read: 'calendar.appointments' },
    about: ({ appointment: { contacts } }) => contacts[0]?.contactId ?? null,
    fields: (t) => ({
      begin: t.exposeString('begin', {
        nullable: false,
        description: 'On the clock there. Names this instance when it is to be changed.',
      }),
      beginsAt: t.expose('beginsAt', {
        type: 'DateTime',
        nullable: false,
        description: 'The moment; whole days are those of UTC.',
      }),
      endsAt: t.expose('endsAt', { type: 'DateTime', nullable: false, description: 'When it is over.' }),
      appointment: t.field({
        type: appointment,
        nullable: true,
        description: 'The series, the instance that differs, or what takes place only once.',
        resolve: (one) => one.appointment,
      }),
    }),
  })
  return { ...enums, appointment, occurrence }
}

function addCalendarEnums(builder: Builder) {
  const status = builder.enumType('AppointmentStatus', {
    description: 'Whether an appointment takes place.',
    values: {
      TENTATIVE: { value: 'tentative', description: 'Perhaps.' },
      CONFIRMED: { value: 'confirmed', description: 'Yes.' },
      CANCELLED: { value: 'cancelled', description: 'It was called off.' },
    } as const,
  })
  const role = builder.enumType('AppointmentRole', {
    description: 'What somebody does in an appointment.',
    values: {
      CHAIR: { value: 'chair', description: 'Leads it.' },
      REQUIRED: { value: 'required', description: 'Has to be there.' },
      OPTIONAL: { value: 'optional', description: 'May be there.' },
      INFORMED: { value: 'informed', description: 'Is only told of it.' },
    } as const,
  })
  const participation = builder.enumType('AppointmentParticipation', {
    description: 'Whether somebody comes.',
    values: {
      NEEDS_ACTION: { value: 'needs_action', description: 'Hasn’t said.' },
      ACCEPTED: { value: 'accepted', description: 'Comes.' },
      DECLINED: { value: 'declined', description: 'Does not come.' },
      TENTATIVE: { value: 'tentative', description: 'Perhaps.' },
    } as const,
  })
  return { status, role, participation }
}

function addParticipant(builder: Builder, { role, participation }: ReturnType<typeof addCalendarEnums>) {
  return builder.objectRef<Participant>('AppointmentParticipant').implement({
    description: 'Somebody who takes part in an appointment: a contact, a user, or a guest, who is neither.',
    auth: { read: 'calendar.participants', write: 'calendar.participants' },
    about: ({ contactId }) => contactId,
    extensions: { aboutSeveral: true },
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The contact who takes part.',
        resolve: (query, { contactId }, _args, context) => (contactId ? findContact(context, query, contactId) : null),
      }),
      user: t.prismaField({
        type: 'User',
        nullable: true,
        auth: { read: 'identity.users' },
        description: 'The user who takes part.',
        resolve: (query, { userId }, _args, { database }) =>
          userId ? database.user.findUnique({ ...query, where: { id: userId } }) : null,
      }),
      name: t.string({
        nullable: true,
        description: 'The name of a guest.',
        resolve: ({ guest }) => guest?.name || null,
      }),
      email: t.string({
        nullable: true,
        description: 'The e-mail address of a guest.',
        resolve: ({ guest }) => guest?.email || null,
      }),
      role: t.expose('role', { type: role, nullable: false, description: 'What they do in it.' }),
      participation: t.expose('participation', {
        type: participation,
        nullable: false,
        description: 'Whether they come.',
      }),
      title: t.string({
        nullable: true,
        auth: { read: 'calendar.title', write: 'calendar.title' },
        description: 'What the appointment is called, as it is kept with a contact.',
        resolve: (row) => row.title || null,
      }),
      place: t.string({
        nullable: true,
        auth: { read: 'calendar.title', write: 'calendar.title' },
        description: 'Where it is, as it is kept with a contact.',
        resolve: (row) => row.place || null,
      }),
    }),
  })
}

function participantsOf(
  { contacts, staff, copy, holder }: SeenAppointment,
  key: ContactKey | undefined,
): Participant[] {
  const guests = key ? openGuests(key, holder, copy.guests) : []
  const nobody = { contactId: null, userId: null, guest: null, title: '', place: '' }
  return [
    ...contacts.map((part) => ({ ...nobody, ...part })),
    ...staff.map((part) => ({ ...nobody, ...part })),
    ...guests.map((guest, index) => {
      const { role, participation } = guest
      return { ...nobody, id: `${holder.id}.${index}`, guest, role, participation }
    }),
  ]
}

/** The key of whoever holds the texts; undefined where nothing is left to open. */
export async function keyFor(context: Context, contactId: string | null) {
  const key = await keyOf(context, { contactId: contactId ?? installationId })
  return key === 'destroyed' ? undefined : key
}
