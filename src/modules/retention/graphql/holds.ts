import { encodeGlobalID } from '@pothos/plugin-relay'
import DataLoader from 'dataloader'
import { validate as isUuid } from 'uuid'
import { type LegalHold, Prisma } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { listRows, newestFirst } from '../../../graphql/list-rows.ts'
import { addActor } from '../../audit/actor-types.ts'
import { addContactFilter } from '../../contacts/list/filter-inputs.ts'
import { contactIdOf } from '../../contacts/queries.ts'
import { findContact } from '../../contacts/sight.ts'
import { liftHold, liftHolds, placeHold, placeHolds } from '../holds/place.ts'
import { seenOnly } from '../listing.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    legalHolds?: DataLoader<string, LegalHold[]>
  }
}

const auth = { read: 'retention.holds', write: 'retention.holds' }

/** Legal holds: seeing, placing and lifting them. */
export function addHolds(builder: Builder): void {
  const hold = addHold(builder)
  builder.prismaObjectField('Contact', 'legalHolds', (t) =>
    t.field({
      type: [hold],
      nullable: true,
      auth: { read: 'retention.holds' },
      description: 'Why the contact must not be erased; those that were lifted, too. The newest first.',
      resolve: ({ id }, _args, context) => holdsOf(context, id),
    }),
  )
  builder.queryField('legalHolds', (t) =>
    t.connection(
      {
        type: hold,
        nullable: true,
        auth: { read: 'retention.holds' },
        description: 'Contacts that must not be erased, and why; of contacts that you see, the newest first.',
        args: {
          inForce: t.arg.boolean({ description: 'Only those in force, or only those that were lifted.' }),
          contact: t.arg.id({ auth: { read: 'contacts.contact' }, description: 'Only of this contact.' }),
          case: t.arg.id({ description: 'Only what was placed together.' }),
        },
        resolve: (_root, { inForce, contact, case: caseId, ...page }, context) => {
          const { database } = context
          const lifted = inForce ? Prisma.sql`r.lifted_at IS NULL` : Prisma.sql`r.lifted_at IS NOT NULL`
          const conditions = [
            ...seenOnly(context),
            ...(typeof inForce === 'boolean' ? [lifted] : []),
            ...(contact ? [Prisma.sql`r.contact_id = ${contactIdOf(contact)}::uuid`] : []),
            ...(caseId ? [Prisma.sql`r.case_id = ${caseOf(caseId)}::uuid`] : []),
          ]
          const read = (ids: string[]) => database.legalHold.findMany({ where: { id: { in: ids } } })
          return listRows(database, Prisma.sql`legal_hold`, { keys: newestFirst, conditions, page, read })
        },
      },
      { name: 'LegalHoldConnection' },
      { name: 'LegalHoldEdge' },
    ),
  )
  addMutations(builder, hold)
}

function addMutations(builder: Builder, hold: ReturnType<typeof addHold>) {
  const placed = builder.objectRef<{ caseId: string; count: number }>('PlacedLegalHolds').implement({
    description: 'What was placed together.',
    auth,
    fields: (t) => ({
      case: t.id({
        nullable: false,
        description: 'By which they are lifted together.',
        resolve: ({ caseId }) => caseId,
      }),
      count: t.exposeInt('count', { nullable: false, description: 'How many contacts are held.' }),
    }),
  })
  builder.mutationFields((t) => {
    const reason = t.arg.string({ required: true, description: 'Why: at most 500 characters.' })
    return {
      placeLegalHold: t.field({
        type: hold,
        nullable: true,
        auth,
        description:
          'Keeps a contact from being erased, whoever asks for it, until the hold is lifted: for a claim at law, say (Art. 17(3)(e) GDPR). ' +
          '`NOT_FOUND`, `INVALID_INPUT`.',
        args: {
          contact: t.arg.id({ required: true, auth: { read: 'contacts.contact' }, description: 'The contact.' }),
          reason,
        },
        resolve: (_root, args, context) => placeHold(context, uuidOf('Contact', args.contact), args.reason),
      }),
      placeLegalHolds: t.field({
        type: placed,
        nullable: true,
        auth,
        description:
          'The same for all contacts that `contacts` would show now, at most 10,000: all, or none. `INVALID_INPUT`, `LIMIT_EXCEEDED`.',
        args: {
          search: t.arg.string({ auth: { read: 'contacts.contact' }, description: 'As in `contacts`.' }),
          filter: t.arg({ type: addContactFilter(builder), description: 'As in `contacts`.' }),
          lawfulFor: t.arg.string({ auth: { read: 'lawfulness.basis' }, description: 'As in `contacts`.' }),
          reason,
        },
        resolve: (_root, { reason: why, ...selection }, context) => placeHolds(context, selection, why),
      }),
      liftLegalHold: t.field({
        type: hold,
        nullable: true,
        auth,
        description:
          'Lifts a hold, for good: what was to be erased is erased from now on. `NOT_FOUND`, `INVALID_INPUT`.',
        args: { id: t.arg.id({ required: true, description: 'The hold.' }), reason },
        resolve: (_root, args, context) => liftHold(context, uuidOf('LegalHold', args.id), args.reason),
      }),
      liftLegalHolds: t.int({
        nullable: true,
        auth: { write: 'retention.holds' },
        description: 'Lifts what was placed together. Returns how many holds that were. `NOT_FOUND`, `INVALID_INPUT`.',
        args: { case: t.arg.id({ required: true, description: 'What they were placed as.' }), reason },
        resolve: (_root, args, context) => liftHolds(context, caseOf(args.case), args.reason),
      }),
    }
  })
}

function caseOf(id: string): string {
  if (!isUuid(id)) throw notFound('LegalHold')
  return id
}

function addHold(builder: Builder) {
  const { actor } = addActor(builder)
  const user = (id: string | null) => (id ? { kind: 'user' as const, id } : null)
  return builder.objectRef<LegalHold>('LegalHold').implement({
    description: 'That a contact must not be erased, and why.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.id({ nullable: false, description: 'Its identity.', resolve: ({ id }) => encodeGlobalID('LegalHold', id) }),
      case: t.id({
        nullable: false,
        description: 'What was placed together has the same.',
        resolve: ({ caseId }) => caseId,
      }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Who is held.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      reason: t.exposeString('reason', { nullable: false, description: 'Why.' }),
      placedAt: t.expose('placedAt', { type: 'DateTime', nullable: false, description: 'Since when.' }),
      placer: t.field({
        type: actor,
        nullable: true,
        description: 'The user who placed it.',
        resolve: ({ placerId }) => user(placerId),
      }),
      liftedAt: t.expose('liftedAt', { type: 'DateTime', nullable: true, description: 'Until when; null: in force.' }),
      lifter: t.field({
        type: actor,
        nullable: true,
        description: 'The user who lifted it.',
        resolve: ({ lifterId }) => user(lifterId),
      }),
      liftReason: t.string({
        nullable: true,
        description: 'Why it isn’t needed any more.',
        resolve: ({ liftReason }) => liftReason || null,
      }),
    }),
  })
}

function holdsOf(context: Context, contactId: string): Promise<LegalHold[]> {
  context.loaders.legalHolds ??= new DataLoader(async (ids: readonly string[]) => {
    const rows = await context.database.legalHold.findMany({
      where: { contactId: { in: [...ids] } },
      orderBy: { id: 'desc' },
    })
    const byContact = Map.groupBy(rows, (row) => row.contactId)
    return ids.map((id) => byContact.get(id.toLowerCase()) ?? [])
  })
  return context.loaders.legalHolds.load(contactId)
}
