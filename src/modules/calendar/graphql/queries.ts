import { validate as isUuid } from 'uuid'
import type { Builder } from '../../../graphql/builder.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { uuidOf, uuidOrNobody } from '../../../graphql/ids.ts'
import { contactIdOf } from '../../contacts/queries.ts'
import type { Participation, Status } from '../draft.ts'
import { type AppointmentFilter, type AppointmentOrder, listAppointments } from '../list.ts'
import { appointmentsOf } from '../loader.ts'
import { listOccurrences } from '../occurrences.ts'
import { findAppointment } from '../read.ts'
import type { CalendarTypes } from './types.ts'

type Maybe<T> = T | null | undefined
type FilterInput = {
  contact?: Maybe<string>
  user?: Maybe<string>
  status?: Maybe<readonly Status[]>
  title?: Maybe<string>
  recurring?: Maybe<boolean>
  place?: Maybe<string>
  participation?: Maybe<readonly Participation[]>
  uid?: Maybe<string>
  series?: Maybe<string>
  updatedFrom?: Maybe<Date>
}

/** `appointment`, `appointments`, `appointmentOccurrences`, and `Contact.appointments`. */
export function addCalendarQueries(builder: Builder, types: CalendarTypes): void {
  const auth = { read: 'calendar.appointments' }
  const filter = builder.inputType('AppointmentFilter', {
    description: 'Which appointments. All of it has to hold.',
    auth,
    fields: (t) => ({
      contact: t.id({ auth: { read: 'calendar.participants' }, description: 'This contact takes part.' }),
      user: t.id({ auth: { read: 'calendar.participants' }, description: 'This user takes part.' }),
      status: t.field({ type: [types.status], description: 'One of these.' }),
      title: t.string({
        auth: { read: 'calendar.title' },
        description: 'This somewhere in the title, whatever the case and the accents.',
      }),
      place: t.string({
        auth: { read: 'calendar.title' },
        description: 'This somewhere in the place, whatever the case and the accents.',
      }),
      participation: t.field({
        type: [types.participation],
        auth: { read: 'calendar.participants' },
        description: 'The contact or the user takes part in one of these ways; of neither: some contact does.',
      }),
      uid: t.string({ description: 'Exactly this `UID`: a series, and the instances of it that differ.' }),
      series: t.id({ description: 'Instances that differ, of this series.' }),
      updatedFrom: t.field({ type: 'DateTime', description: 'Entered or changed at this moment or later.' }),
      recurring: t.boolean({ description: 'True: only what recurs. False: only what takes place once.' }),
    }),
  })
  const order = builder.enumType('AppointmentOrder', {
    description: 'What appointments are sorted by.',
    values: {
      BEGIN: { value: 'begin', description: 'When they first begin.' },
      CREATED_AT: { value: 'createdAt', description: 'When they were entered.' },
      UPDATED_AT: { value: 'updatedAt', description: 'When they last changed.' },
    } as const satisfies Record<string, { value: AppointmentOrder; description: string }>,
  })

  const edge = builder.edgeObject({ type: types.appointment, name: 'AppointmentEdge' })
  const connection = builder.connectionObject({ type: types.appointment, name: 'AppointmentConnection' }, edge)
  builder.queryFields((t) => ({
    appointment: t.field({
      type: types.appointment,
      nullable: true,
      auth,
      description: 'One appointment, or null.',
      args: { id: t.arg.id({ required: true, description: 'Its `id`.' }) },
      resolve: (_root, { id }, context) => (isUuid(id) ? findAppointment(context, id) : null),
    }),
    appointments: t.connection(
      {
        type: types.appointment,
        nullable: true,
        auth,
        description:
          'Appointments, page by page, each series and each instance that differs once. For what takes place on which day, see ' +
          '`appointmentOccurrences`.',
        args: {
          filter: t.arg({ type: filter, description: 'Which.' }),
          from: t.arg({ type: 'DateTime', description: 'Only what is not over at this moment.' }),
          to: t.arg({ type: 'DateTime', description: 'Only what begins before this moment.' }),
          orderBy: t.arg({ type: order, description: 'BEGIN, unless said otherwise.' }),
          descending: t.arg.boolean({ description: 'The other way round.' }),
        },
        resolve: (_root, { filter: given, from, to, orderBy, descending, ...page }, context) =>
          listAppointments(
            context,
            {
              filter: filterOf(given ?? {}),
              window: { from: from ?? undefined, to: to ?? undefined },
              orderBy: orderBy ?? 'begin',
              descending: descending ?? false,
            },
            page,
          ),
      },
      connection,
      edge,
    ),
    appointmentOccurrences: t.connection(
      {
        type: types.occurrence,
        nullable: true,
        auth,
        description:
          'What takes place in a window of at most 400 days, in the order of time: each time of what recurs by itself. Forward ' +
          'alone: `first` and `after`. `LIMIT_EXCEEDED` where more than 500 series recur in it.',
        args: {
          from: t.arg({ type: 'DateTime', required: true, description: 'From this moment on.' }),
          to: t.arg({ type: 'DateTime', required: true, description: 'Until this moment.' }),
          filter: t.arg({ type: filter, description: 'Which.' }),
        },
        resolve: (_root, { from, to, filter: given, first, after, last, before }, context) => {
          if (typeof last === 'number' || before) {
            throw invalidInput([{ field: 'last', message: 'Occurrences are paged forward: give first and after.' }])
          }
          return listOccurrences(context, filterOf(given ?? {}), { from, to }, { first, after })
        },
      },
      { name: 'AppointmentOccurrenceConnection' },
      { name: 'AppointmentOccurrenceEdge' },
    ),
  }))

  builder.prismaObjectField('Contact', 'appointments', (t) =>
    t.connection(
      {
        type: types.appointment,
        nullable: true,
        auth: { read: 'calendar.participants' },
        description:
          'Appointments that the contact takes part in, those that they came to last first. For some of them: `appointments(filter:)`.',
        resolve: ({ id }, page, context) => appointmentsOf(context, id, page),
      },
      connection,
      edge,
    ),
  )
}

function filterOf(given: FilterInput): AppointmentFilter {
  const { contact, user, series, status, title, recurring, place, participation, uid, updatedFrom } = given
  return {
    place: place ?? undefined,
    participation: participation ?? undefined,
    uid: uid ?? undefined,
    seriesId: typeof series === 'string' ? uuidOrNobody(series) : undefined,
    updatedFrom: updatedFrom ?? undefined,
    contactId: contact ? contactIdOf(contact) : undefined,
    userId: user ? uuidOf('User', user) : undefined,
    status: status ?? undefined,
    title: title ?? undefined,
    recurring: recurring ?? undefined,
  }
}
