import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { reads } from '../../../graphql/execute/selected.ts'
import { alongWith } from '../../contacts/along.ts'
import { rules } from '../law/rules.ts'
import type { RegisterTypes } from '../register/types.ts'
import type { TextTypes } from '../texts.ts'
import {
  currentBases,
  decisionOf,
  factsOf,
  holdingBases,
  type Lawfulness,
  lastUseOf,
  lawfulnessOf,
  provableUntil,
  type ShownBasis,
} from './lawfulness.ts'
import { eventsOf } from './loaders.ts'
import { purposeNamed } from './stage.ts'
import type { BasisTypes } from './types.ts'
import { usesOf } from './uses.ts'

const auth = { read: 'lawfulness.basis' }

/** For histories by field: what these fields tell follows from events. */
const extensions = { derivedFrom: 'LawfulBasisEvent' }

const mayProcess =
  'Whether the contact may be processed for a purpose, and why. `INVALID_INPUT` for one that is not in the register.'

type Decided = ReturnType<typeof decisionOf> & { contactId: string }
type Reason = Decided['reasons'][number]

/** `Contact.lawfulness`, `Contact.mayProcess`, `Contact.withoutBasis`, and their types. */
export function addContactFields(
  builder: Builder,
  types: BasisTypes,
  { language }: TextTypes,
  { purpose: purposeType }: RegisterTypes,
): void {
  const decision = addDecision(builder, types, language)
  const basis = addBasis(builder, types, purposeType)
  const purpose = { required: true, description: 'The key of the purpose.' } as const
  const at = { type: 'DateTime', description: 'At which moment; now, unless said otherwise.' } as const
  const knownAt = {
    type: 'DateTime',
    description: 'By what was recorded here until this moment; everything, unless said otherwise.',
  } as const
  const decidedOf = async (context: Context, lawfulness: Lawfulness, key: string): Promise<Decided> => {
    const facts = await factsOf(context, lawfulness)
    purposeNamed(facts.purposes, key)
    return { ...decisionOf(facts, key), contactId: lawfulness.contact.id }
  }

  const lawfulness = builder.objectRef<Lawfulness>('Lawfulness').implement({
    description: 'On what legal grounds a contact may be processed at one moment, by what was known at another.',
    auth,
    about: ({ contact }) => contact.id,
    fields: (t) => ({
      at: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'The moment; null: now.',
        resolve: ({ asked }) => asked.at,
      }),
      knownAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'What was recorded until then counts; null: everything.',
        resolve: ({ asked }) => asked.knownAt,
      }),
      bases: t.field({
        type: [basis],
        nullable: true,
        description: 'The grounds that hold.',
        resolve: (parent, _args, context) => holdingBases(context, parent),
      }),
      events: t.field({
        type: [types.event],
        nullable: true,
        description: 'Everything that was recorded until then, in that order, but for uses.',
        resolve: async (parent, _args, context) => (await factsOf(context, parent)).events,
      }),
      uses: t.connection(
        {
          type: types.event,
          nullable: true,
          description:
            'What was recorded of its being processed (§ 7a UWG), the newest first; 50, unless you say otherwise.',
          resolve: async ({ contact, at, asked }, page, context) => {
            const { edges, ...more } = await usesOf(context, contact.id, { at, knownAt: asked.knownAt ?? null }, page)
            const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null]
            return { edges, pageInfo: { ...more, startCursor, endCursor } }
          },
        },
        { description: 'A page of uses.' },
      ),
      mayProcess: t.field({
        type: decision,
        nullable: true,
        description: mayProcess,
        args: { purpose: t.arg.string(purpose) },
        resolve: (parent, args, context) => decidedOf(context, parent, args.purpose),
      }),
    }),
  })
  builder.prismaObjectFields('Contact', (t) => ({
    lawfulness: t.field({
      type: lawfulness,
      nullable: true,
      auth,
      extensions: { ...extensions, ...alongWith(currentBases, ['bases']), ...reads('birthDate') },
      description:
        'On what legal grounds the contact may be processed, at any moment, and by what was known at any moment.',
      args: { at: t.arg(at), knownAt: t.arg(knownAt) },
      resolve: (contact, moments) => lawfulnessOf(contact, moments),
    }),
    mayProcess: t.field({
      type: decision,
      nullable: true,
      auth,
      extensions: { ...extensions, ...reads('birthDate') },
      description: mayProcess,
      args: { purpose: t.arg.string(purpose), at: t.arg(at), knownAt: t.arg(knownAt) },
      resolve: (contact, { purpose: key, ...moments }, context) =>
        decidedOf(context, lawfulnessOf(contact, moments), key),
    }),
    withoutBasis: t.boolean({
      nullable: true,
      auth,
      extensions: { ...extensions, ...alongWith(currentBases), ...reads('birthDate') },
      description: 'True: the contact is held without any legal ground that is valid now.',
      resolve: async (contact, _args, context) => (await holdingBases(context, lawfulnessOf(contact, {}))).length === 0,
    }),
  }))
}

function addDecision(builder: Builder, { event }: BasisTypes, language: TextTypes['language']) {
  const rule = builder.enumType('ProcessingRule', {
    description: 'The rules that decide whether a contact may be processed.',
    values: Object.fromEntries(
      Object.entries(rules).map(([value, { en }]) => [value.toUpperCase(), { value, description: en }]),
    ),
  })
  const reason = builder.objectRef<Reason>('ProcessingReason').implement({
    description: 'Why a contact may be processed, or not.',
    auth,
    fields: (t) => ({
      rule: t.field({ type: rule, nullable: false, description: 'For programs.', resolve: (parent) => parent.rule }),
      text: t.string({
        nullable: false,
        description: 'For people.',
        args: { language: t.arg({ type: language, defaultValue: 'en' }) },
        resolve: (parent, args) => rules[parent.rule][args.language ?? 'en'],
      }),
      events: t.field({
        type: [event],
        nullable: true,
        description: 'What was recorded that decides; empty where it is that nothing was.',
        resolve: ({ events }) => events,
      }),
    }),
  })
  return builder.objectRef<Decided>('ProcessingDecision').implement({
    description: 'Whether a contact may be processed for a purpose, and why.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      allowed: t.exposeBoolean('allowed', { nullable: false, description: 'Whether it may be.' }),
      reasons: t.field({
        type: [reason],
        nullable: false,
        description: 'Why: what allows it, or everything that stands in the way.',
        resolve: ({ reasons }) => reasons,
      }),
    }),
  })
}

const addBasis = (builder: Builder, types: BasisTypes, purposeType: RegisterTypes['purpose']) =>
  builder.objectRef<ShownBasis>('LawfulBasis').implement({
    description: 'A legal ground that holds.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      purpose: t.exposeString('purpose', { nullable: false, description: 'The key of the purpose.' }),
      register: t.prismaField({
        type: purposeType,
        nullable: true,
        auth: { read: 'lawfulness.purposes' },
        description: 'The purpose, as the register has it now.',
        resolve: (query, { purpose: key }, _args, { database }) =>
          database.purpose.findUnique({ ...query, where: { key } }),
      }),
      ground: t.expose('ground', { type: types.ground, nullable: false, description: 'The ground.' }),
      validFrom: t.expose('from', { type: 'DateTime', nullable: false, description: 'From when it holds.' }),
      validUntil: t.expose('until', {
        type: 'DateTime',
        nullable: true,
        description: 'Until when; null: without end.',
      }),
      specialGround: t.expose('specialGround', {
        type: types.specialGround,
        nullable: true,
        description: 'The ground for special categories (Art. 9(2) GDPR).',
      }),
      byGuardian: t.exposeBoolean('byGuardian', {
        nullable: false,
        description: 'By whoever has parental responsibility (Art. 8 GDPR).',
      }),
      event: t.field({
        type: types.event,
        nullable: true,
        description: 'What it began with: its `id` names the basis, to renew it.',
        resolve: async ({ contactId, event }, _args, context) =>
          (await eventsOf(context, contactId)).find(({ id }) => id === event.id),
      }),
      lastUsedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When a use of it was last recorded.',
        resolve: (basis, _args, context) => lastUseOf(context, basis),
      }),
      provableUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'Until when it has to be provable, if the purpose’s retention class counts from each use (§ 7a(2) UWG: five years).',
        resolve: async (parent, _args, context) => {
          // Prisma makes one statement of all that is looked up for one answer.
          const purpose = await context.database.purpose.findUnique({
            where: { key: parent.purpose },
            include: { retention: true },
          })
          const retention = purpose?.retention
          if (retention?.start !== 'last_use') return null
          return provableUntil(parent, await lastUseOf(context, parent), retention)
        },
      }),
    }),
  })
