import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Erasure } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { actorKinds } from '../../../graphql/context.ts'
import { addActor } from '../../audit/actor-types.ts'
import { findContact } from '../../contacts/sight.ts'
import type { Module } from '../../module.ts'
import { relatedOf } from '../decision.ts'
import { groundOf } from '../grounds.ts'
import { approvalsNeeded } from '../settings.ts'
import { stateOf } from '../state.ts'
import { addErasureCounts } from './counts.ts'
import { addErasureEnums, type ErasureEnums } from './enums.ts'
import { subjectsOf } from './loaders.ts'
import { addErasureOutcome } from './outcome.ts'

/** The types of erasures. */
export type ErasureTypes = ReturnType<typeof addErasureTypes>

const auth = { read: 'erasure.erasures' }

/** What becomes of one kind of related records. */
type Related = { kind: string; fate: 'keep' | 'erase' }

/** Adds them. */
export function addErasureTypes(builder: Builder, modules: readonly Module[]) {
  const enums = addErasureEnums(builder)
  const counts = addErasureCounts(builder, modules)
  const related = addRelated(builder, enums)
  const erasure = addErasure(builder, enums, related)
  addErasureOutcome(builder, { erasure, modules, ...counts })
  return { ...enums, ...counts, relatedDecision: related, erasure }
}

/** An erasure in the register. */
export type ErasureRef = ReturnType<typeof addErasure>

function addErasure(builder: Builder, enums: ErasureEnums, related: RelatedRef) {
  const { actor } = addActor(builder)
  return builder.objectRef<Erasure>('Erasure').implement({
    description:
      'An erasure in the register: from the request to its proof. Once it is executed, nobody’s data stands here any more.',
    auth,
    fields: (t) => ({
      id: t.id({ nullable: false, description: 'Its identity.', resolve: ({ id }) => encodeGlobalID('Erasure', id) }),
      isSet: t.boolean({
        nullable: false,
        description: 'Whether it is about a set of contacts.',
        resolve: ({ kind }) => kind === 'set',
      }),
      contacts: t.exposeInt('contacts', {
        nullable: false,
        description: 'How many contacts; once it is executed, with those that had been merged into them.',
      }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Whom it is about; null for a set, and once they are gone.',
        resolve: async (query, { id, kind }, _args, context) => {
          const { first } = await subjectsOf(context, id)
          return kind === 'contact' && first ? findContact(context, query, first) : null
        },
      }),
      state: t.field({ type: enums.state, nullable: false, description: 'How far it is.', resolve: stateOf }),
      ground: t.field({ type: enums.ground, nullable: false, description: 'Why.', resolve: groundOf }),
      categories: t.exposeStringList('categories', {
        nullable: false,
        description: 'The categories of data that go; empty: the whole contact.',
      }),
      related: t.field({
        type: [related],
        nullable: false,
        description: 'What was decided over related records without personal data; of the others their type says it.',
        resolve: (row) => Object.entries(relatedOf(row.related)).map(([kind, fate]) => ({ kind, fate })),
      }),
      fingerprints: t.exposeBoolean('fingerprints', {
        nullable: false,
        description: 'Whether keyed fingerprints of the addresses stay, so that nobody enters the person again.',
      }),
      requestId: t.exposeID('requestId', { nullable: true, description: 'The request of the person that it fulfils.' }),
      requestedBy: t.field({
        type: actor,
        nullable: true,
        description: 'Who asked for it.',
        resolve: ({ requesterKind, requesterId }) => {
          const kind = actorKinds.find((known) => known === requesterKind)
          return kind ? { kind, id: requesterId } : null
        },
      }),
      requestedAt: t.expose('requestedAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When it was asked for.',
      }),
      approvals: t.int({
        nullable: false,
        description: 'How many users approved it.',
        resolve: ({ approverIds }) => approverIds.length,
      }),
      approvalsNeeded: t.int({
        nullable: false,
        description: 'How many have to, besides whoever asked for it.',
        resolve: ({ approvedAt, approverIds }, _args, context) =>
          approvedAt === null ? approvalsNeeded(context) : approverIds.length,
      }),
      approvedAt: t.expose('approvedAt', { type: 'DateTime', nullable: true, description: 'When it was approved.' }),
      decidedAt: t.expose('decidedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was refused or called off.',
      }),
      article: t.exposeString('article', { nullable: true, description: 'The article that the refusal rests on.' }),
    }),
  })
}

type RelatedRef = ReturnType<typeof addRelated>

const addRelated = (builder: Builder, enums: ErasureEnums) =>
  builder.objectRef<Related>('RelatedDecision').implement({
    description: 'What becomes of one kind of related records without personal data.',
    auth,
    fields: (t) => ({
      kind: t.exposeString('kind', { nullable: false, description: '`document`, `document/invoice`, `appointment`.' }),
      fate: t.expose('fate', { type: enums.fate, nullable: false, description: 'What.' }),
    }),
  })
