import { encodeGlobalID } from '@pothos/plugin-relay'
import { type ErasureProposal, Prisma } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { listRows } from '../../../graphql/list-rows.ts'
import { addActor } from '../../audit/actor-types.ts'
import { contactIdOf } from '../../contacts/queries.ts'
import { findContact } from '../../contacts/sight.ts'
import { erasureGrounds } from '../../module.ts'
import { seenOnly, sortedBy } from '../listing.ts'
import { acceptProposals, mostAtOnce, refuseProposal } from '../proposals/decide.ts'

const auth = { read: 'retention.proposals', write: 'retention.proposals' }

const states = ['open', 'accepted', 'refused', 'withdrawn'] as const

/** Whose erasure is proposed: seeing, accepting and refusing it. */
export function addProposals(builder: Builder): void {
  const state = addState(builder)
  const proposal = addProposal(builder, state)
  builder.queryField('erasureProposals', (t) =>
    t.connection(
      {
        type: proposal,
        nullable: true,
        auth: { read: 'retention.proposals' },
        description:
          'Contacts whose erasure is proposed, since no legal ground holds and every period is over; of contacts that you see, those first that ' +
          'were due first.',
        args: {
          state: t.arg({
            type: state,
            defaultValue: 'open' as const,
            description: 'Only those that are so far; null: all.',
          }),
          rule: t.arg.string({ description: 'Only by the rule with this key.' }),
          contact: t.arg.id({ auth: { read: 'contacts.contact' }, description: 'Only of this contact.' }),
        },
        resolve: (_root, { state: its, rule, contact, ...page }, context) => {
          const { database } = context
          const conditions = [
            ...seenOnly(context),
            ...(its ? [Prisma.sql`r.state = ${its}`] : []),
            ...(rule ? [Prisma.sql`r.rule_key = ${rule}`] : []),
            ...(contact ? [Prisma.sql`r.contact_id = ${contactIdOf(contact)}::uuid`] : []),
          ]
          const read = (ids: string[]) => database.erasureProposal.findMany({ where: { id: { in: ids } } })
          return listRows(database, Prisma.sql`erasure_proposal`, { keys: sortedBy('due_at'), conditions, page, read })
        },
      },
      { name: 'ErasureProposalConnection' },
      { name: 'ErasureProposalEdge' },
    ),
  )
  builder.mutationFields((t) => ({
    acceptErasureProposals: t.field({
      type: [proposal],
      nullable: true,
      auth,
      description:
        `Accepts proposals, at most ${mostAtOnce}: the erasures are asked for, and go the way of all others, with approvals where these are ` +
        'needed, and execute themselves if you have the right `erasure.execute`. All, or none: `NOT_FOUND`, `CONFLICT` where a legal hold keeps one, `LIMIT_EXCEEDED`.',
      args: { ids: t.arg.idList({ required: true, description: 'The proposals.' }) },
      resolve: (_root, { ids }, context) =>
        acceptProposals(
          context,
          ids.map((id) => uuidOf('ErasureProposal', id)),
        ),
    }),
    refuseErasureProposal: t.field({
      type: proposal,
      nullable: true,
      auth,
      description: 'Keeps a contact in spite of a proposal. `NOT_FOUND`, `INVALID_INPUT`.',
      args: {
        id: t.arg.id({ required: true, description: 'The proposal.' }),
        reason: t.arg.string({ required: true, description: 'Why the contact is kept: at most 500 characters.' }),
        keptUntil: t.arg({ type: 'DateTime', description: 'Until when it isn’t proposed again; by default, a year.' }),
      },
      resolve: (_root, { id, ...given }, context) => refuseProposal(context, uuidOf('ErasureProposal', id), given),
    }),
  }))
}

const addState = (builder: Builder) =>
  builder.enumType('ErasureProposalState', {
    description: 'What became of a proposal.',
    values: {
      OPEN: { value: 'open', description: 'Nobody decided.' },
      ACCEPTED: { value: 'accepted', description: 'The erasure was asked for, by staff or by the rule.' },
      REFUSED: { value: 'refused', description: 'The contact is kept for a while.' },
      WITHDRAWN: { value: 'withdrawn', description: 'It isn’t so any more: a ground was given, or the rule changed.' },
    } satisfies Record<string, { value: (typeof states)[number]; description: string }>,
  })

function addProposal(builder: Builder, state: ReturnType<typeof addState>) {
  const { actor } = addActor(builder)
  return builder.objectRef<ErasureProposal>('ErasureProposal').implement({
    description: 'That a contact be erased, since nothing says any more why they are kept (Art. 17(1) GDPR).',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'Its identity.',
        resolve: ({ id }) => encodeGlobalID('ErasureProposal', id),
      }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Who.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      rule: t.exposeString('ruleKey', { nullable: false, description: 'The key of the rule that it comes from.' }),
      ground: t.string({
        nullable: false,
        description: `Why, as a ground of erasure: ${erasureGrounds.map((one) => `\`${one.toUpperCase()}\``).join(', ')}.`,
        resolve: ({ ground }) => ground.toUpperCase(),
      }),
      categories: t.exposeStringList('categories', {
        nullable: false,
        description: 'Only these categories of their data; empty: the whole contact.',
      }),
      dueAt: t.expose('dueAt', { type: 'DateTime', nullable: false, description: 'When every period was over.' }),
      proposedAt: t.expose('proposedAt', { type: 'DateTime', nullable: false, description: 'When it was proposed.' }),
      state: t.field({
        type: state,
        nullable: true,
        description: 'What became of it.',
        resolve: ({ state: its }) => states.find((one) => one === its) ?? null,
      }),
      decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true, description: 'When that was decided.' }),
      decider: t.field({
        type: actor,
        nullable: true,
        description: 'The user who decided; null where the rule did.',
        resolve: ({ deciderId }) => (deciderId ? { kind: 'user' as const, id: deciderId } : null),
      }),
      reason: t.string({
        nullable: true,
        description: 'Why the contact is kept.',
        resolve: ({ reason }) => reason || null,
      }),
      keptUntil: t.expose('keptUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'Until when it isn’t proposed again.',
      }),
      erasure: t.id({
        nullable: true,
        description: 'The `id` of the erasure that was asked for.',
        resolve: ({ erasureId }) => erasureId && encodeGlobalID('Erasure', erasureId),
      }),
    }),
  })
}
