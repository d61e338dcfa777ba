import DataLoader from 'dataloader'
import { validate as isUuid } from 'uuid'
import { Prisma } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { contactIdOf } from '../../contacts/queries.ts'
import type { Status } from '../draft.ts'
import { type AppointmentFilter, type AppointmentOrder, listAppointments } from '../list.ts'
import { listOccurrences } from '../occurrences.ts'
import { findAppointment, readAppointments, type SeenAppointment } from '../read.ts'
import type { CalendarTypes } from './types.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    appointments?: DataLoader<{ contactId: string; first: number }, SeenAppointment[], string>
  }
}

type Maybe<T> = T | null | undefined
type FilterInput = {
  contact?: Maybe<string>
  user?: Maybe<string>
  status?: Maybe<readonly Status[]>
  title?: Maybe<string>
  recurring?: Maybe<boolean>
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
      { name: 'AppointmentConnection' },
      { name: 'AppointmentEdge' },
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
    t.field({
      type: [types.appointment],
      nullable: true,
      auth: { read: 'calendar.participants' },
      description:
        'Appointments that the contact takes part in, those entered last first. For all: `appointments(filter:)`.',
      args: { first: t.arg.int({ description: 'How many: 10, unless said otherwise, and at most 50.' }) },
      resolve: ({ id }, { first }, context) => appointmentsOf(context, id, Math.min(Math.max(first ?? 10, 0), 50)),
    }),
  )
}

function filterOf({ contact, user, status, title, recurring }: FilterInput): AppointmentFilter {
  return {
    contactId: contact ? contactIdOf(contact) : undefined,
    userId: user ? uuidOf('User', user) : undefined,
    status: status ?? undefined,
    title: title ?? undefined,
    recurring: recurring ?? undefined,
  }
}

/** Asked for many contacts in two statements. */
function appointmentsOf(context: Context, contactId: string, first: number): Promise<SeenAppointment[]> {
  context.loaders.appointments ??= new DataLoader((asked) => latestOf(context, asked), {
    cacheKeyFn: ({ contactId: id, first: count }) => `${id}/${count}`,
  })
  return context.loaders.appointments.load({ contactId, first })
}

async function latestOf(context: Context, asked: readonly { contactId: string; first: number }[]) {
  const most = Math.max(...asked.map(({ first }) => first))
  const ids = [...new Set(asked.map(({ contactId }) => contactId))]
  const found = await context.database.$queryRaw<{ contactId: string; id: string }[]>`
    SELECT o.contact_id AS "contactId", p.appointment_id AS id FROM unnest(${ids}::uuid[]) o(contact_id)
    CROSS JOIN LATERAL (SELECT p.appointment_id FROM appointment_participant p WHERE p.contact_id = o.contact_id
      ORDER BY p.id DESC LIMIT ${most}) p`
  const named = [...new Set(found.map(({ id }) => id))]
  const rows = await readAppointments(context, {
    conditions: [Prisma.sql`a.id = ANY(${named}::uuid[])`],
    limit: named.length,
  })
  const byId = new Map(rows.map((row) => [row.id, row]))
  const byContact = Map.groupBy(found, ({ contactId }) => contactId)
  return asked.map(({ contactId, first }) =>
    (byContact.get(contactId) ?? []).slice(0, first).flatMap(({ id }) => byId.get(id) ?? []),
  )
}
