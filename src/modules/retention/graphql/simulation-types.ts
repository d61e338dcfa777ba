import type { Builder } from '../../../graphql/builder.ts'
import { findContact } from '../../contacts/sight.ts'
import type { Status } from '../rules/judge.ts'
import type { Example, Simulation } from '../rules/simulate.ts'

const auth = { read: 'retention.rules', write: 'retention.rules' }

/** What a rule would do. */
export function addSimulation(builder: Builder) {
  const status = builder.enumType('RetentionStatus', {
    description: 'How it stands with a contact by the rules of retention.',
    values: {
      LAWFUL: { value: 'lawful', description: 'A legal ground holds: nothing is erased.' },
      RUNNING: { value: 'running', description: 'Some period has not begun.' },
      WAITING: { value: 'waiting', description: 'Some period is not over.' },
      HELD: { value: 'held', description: 'All are over, and a legal hold keeps the contact.' },
      KEPT: { value: 'kept', description: 'All are over, and staff decided to keep the contact for a while.' },
      REQUESTED: { value: 'requested', description: 'All are over, and the erasure is proposed or asked for.' },
      DUE: { value: 'due', description: 'All are over.' },
    } satisfies Record<string, { value: Status; description: string }>,
  })
  const example = builder.objectRef<Example>('RetentionExample').implement({
    description: 'One of those that a rule is about.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Who.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      status: t.field({ type: status, nullable: false, description: 'How it stands.', resolve: (one) => one.status }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When all their periods are over.',
        resolve: ({ due }) => due,
      }),
    }),
  })
  const month = builder.objectRef<Simulation['months'][number]>('RetentionMonth').implement({
    description: 'How many are due in a month.',
    auth,
    fields: (t) => ({
      month: t.field({ type: 'Date', nullable: false, description: 'Its first day.', resolve: (one) => one.month }),
      count: t.exposeInt('count', { nullable: false, description: 'Contacts.' }),
    }),
  })
  const count = builder.objectRef<{ status: Status; count: number }>('RetentionCount').implement({
    description: 'With how many it stands so.',
    auth,
    fields: (t) => ({
      status: t.field({ type: status, nullable: false, description: 'How.', resolve: (one) => one.status }),
      count: t.exposeInt('count', { nullable: false, description: 'Contacts.' }),
    }),
  })
  return builder.objectRef<Simulation>('RetentionSimulation').implement({
    description: 'What a rule would do.',
    auth,
    fields: (t) => ({
      matched: t.exposeInt('matched', { nullable: false, description: 'Contacts that it is about.' }),
      counts: t.field({
        type: [count],
        nullable: false,
        description: 'How it stands with them.',
        resolve: ({ counts }) => (Object.keys(counts) as Status[]).map((one) => ({ status: one, count: counts[one] })),
      }),
      keptLonger: t.exposeInt('keptLonger', {
        nullable: false,
        description: 'Contacts whose own period is over by this rule, while another rule or purpose keeps them longer.',
      }),
      dueWithin30Days: t.exposeInt('dueWithin30Days', { nullable: false, description: 'Due now, or within 30 days.' }),
      dueWithin365Days: t.exposeInt('dueWithin365Days', { nullable: false, description: 'Due now, or within a year.' }),
      earliest: t.expose('earliest', {
        type: 'DateTime',
        nullable: true,
        description: 'When the first is due, or was.',
      }),
      latest: t.expose('latest', { type: 'DateTime', nullable: true, description: 'When the last is due.' }),
      months: t.field({
        type: [month],
        nullable: false,
        description: 'By month.',
        resolve: ({ months }) => [...months],
      }),
      examples: t.field({
        type: [example],
        nullable: false,
        description: 'Up to ten, those first that are due first.',
        resolve: ({ examples }) => [...examples],
      }),
    }),
  })
}
