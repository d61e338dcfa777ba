import { validate as isUuid } from 'uuid'
import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { Builder, InputFields } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { forgetEvents } from './loaders.ts'
import { confirmConsent, recordLawfulBasis, refuseConsent, renewLawfulBasis, restrict } from './record.ts'
import type { BasisTypes } from './types.ts'
import { recordUse } from './use.ts'

const auth = { read: 'lawfulness.basis', write: 'lawfulness.basis' }
const write = { write: 'lawfulness.basis' }

/** Recording legal grounds, what becomes of them, and their use. */
export function addBasisMutations(builder: Builder, types: BasisTypes): void {
  const inputs = addInputs(builder, types)
  builder.mutationFields((t) => ({
    recordLawfulBasis: t.field({
      type: types.event,
      nullable: true,
      auth,
      description:
        'Records a legal ground of a contact for a purpose (Art. 6 GDPR). What the law has against it comes as `INVALID_INPUT`, with ' +
        'the rule. It settles when the audit log can prove it, as all of these do.',
      args: { input: t.arg({ type: inputs.record, required: true }) },
      resolve: async (_root, { input }, context) => {
        const contactId = contactIdIn(input)
        return stored(
          context,
          await recordLawfulBasis(context, { ...input, contactId, noticeId: idIn(input, 'noticeId') }),
        )
      },
    }),
    confirmLawfulBasis: t.field({
      type: types.event,
      nullable: true,
      auth,
      description:
        'Records that a person confirmed a consent that was asked for (double opt-in). Not by the user who asked for it.',
      args: { input: t.arg({ type: inputs.confirm, required: true }) },
      resolve: async (_root, { input }, context) => {
        const ids = { contactId: contactIdIn(input), requestId: idIn(input, 'requestId') ?? '' }
        return stored(context, await confirmConsent(context, { ...input, ...ids }))
      },
    }),
    refuseLawfulBasis: t.field({
      type: types.event,
      nullable: true,
      auth,
      description:
        'Records that a person refused consent: a request that is pending, or consent for this purpose at all, which ends what ' +
        'was given before. Not for its parts; no import brings consent after it.',
      args: { input: t.arg({ type: inputs.refuse, required: true }) },
      resolve: async (_root, { input }, context) => {
        const ids = { contactId: contactIdIn(input), requestId: idIn(input, 'requestId') }
        return stored(context, await refuseConsent(context, { ...input, ...ids }))
      },
    }),
    objectToProcessing: t.field({
      type: types.event,
      nullable: true,
      auth,
      description:
        'Records that a person objected, to a purpose and all its parts (Art. 21 GDPR): ends legitimate interests and public tasks; ' +
        'of direct marketing, every ground.',
      args: { input: t.arg({ type: inputs.restrict, required: true }) },
      resolve: async (_root, { input }, context) =>
        stored(context, await restrict(context, 'objected', { ...input, contactId: contactIdIn(input) })),
    }),
    renewLawfulBasis: t.field({
      type: types.event,
      nullable: true,
      auth,
      description: 'Makes a legal ground that holds hold for longer. One that has ended has to be given anew.',
      args: { input: t.arg({ type: inputs.renew, required: true }) },
      resolve: async (_root, { input }, context) => {
        const ids = { contactId: contactIdIn(input), basisId: idIn(input, 'basisId') ?? '' }
        return stored(context, await renewLawfulBasis(context, { ...input, ...ids }))
      },
    }),
    recordUse: t.int({
      nullable: true,
      auth,
      description:
        'Records that contacts were processed for a purpose, such as called (§ 7a UWG): all of them, or, if one may not have been, none. ' +
        'Returns how many.',
      args: { input: t.arg({ type: inputs.use, required: true }) },
      resolve: async (_root, { input }, context) => {
        const contactIds = input.contactIds.map((id) => uuidOf('Contact', id))
        const count = await recordUse(context, { ...input, contactIds })
        forgetEvents(context)
        return count
      },
    }),
  }))
}

function addInputs(builder: Builder, { ground, specialGround, evidence }: BasisTypes) {
  const contactId = (t: InputFields) => t.id({ required: true, description: 'The contact.' })
  const statement = (t: InputFields) => ({
    source: t.string({ description: 'Where it comes from: `trade fair 2026`, `call centre`.' }),
    evidence: t.field({ type: evidence, description: 'What proves it (Art. 7(1) GDPR).' }),
  })
  const when = (t: InputFields) =>
    t.field({ type: 'DateTime', description: 'When it happened; now, unless said otherwise.' })
  const record = builder.inputType('RecordLawfulBasisInput', {
    description: 'A legal ground that a contact’s data may be processed on.',
    auth: write,
    fields: (t) => ({
      contactId: contactId(t),
      purpose: t.string({ required: true, description: 'The key of the purpose.' }),
      ground: t.field({ type: ground, required: true, description: 'One that the purpose may rest on.' }),
      givenAt: t.field({
        type: 'DateTime',
        description: 'When it was given; when it begins if that is past, or now, unless said otherwise.',
      }),
      validFrom: t.field({
        type: 'DateTime',
        description: 'From when it holds; from when it was given, unless said otherwise.',
      }),
      validUntil: t.field({
        type: 'DateTime',
        description: 'Until when. Left out: as long as the purpose says; null: without end.',
      }),
      specialGround: t.field({
        type: specialGround,
        description: 'The ground for special categories (Art. 9(2) GDPR).',
      }),
      byGuardian: t.boolean({ description: 'Given by whoever has parental responsibility (Art. 8 GDPR).' }),
      despiteObjection: t.boolean({
        description:
          'Compelling legitimate grounds override an objection (Art. 21(1) GDPR); never one to direct marketing.',
      }),
      noticeId: t.id({ description: 'The notice that the person was shown.' }),
      pending: t.boolean({
        description: 'Consent that the person has yet to confirm: double opt-in. Until then it is none.',
      }),
      confirmUntil: t.field({
        type: 'DateTime',
        description: 'With `pending`: until when it can be confirmed. 30 days, unless said otherwise.',
      }),
      ...statement(t),
    }),
  })
  const confirm = builder.inputType('ConfirmLawfulBasisInput', {
    description: 'The confirmation of a consent that was asked for.',
    auth: write,
    fields: (t) => ({
      contactId: contactId(t),
      requestId: t.id({ required: true, description: 'The event that asked for it.' }),
      at: when(t),
      ...statement(t),
    }),
  })
  const refuse = builder.inputType('RefuseLawfulBasisInput', {
    description: 'What a person does not consent to.',
    auth: write,
    fields: (t) => ({
      contactId: contactId(t),
      purpose: t.string({ required: true, description: 'The key of the purpose.' }),
      requestId: t.id({ description: 'The event that asked for it, if no more than that is refused.' }),
      at: when(t),
      ...statement(t),
    }),
  })
  const restricting = builder.inputType('RestrictProcessingInput', {
    description: 'What a person does not want any more.',
    auth: write,
    fields: (t) => ({
      contactId: contactId(t),
      purpose: t.string({ required: true, description: 'The key of the purpose; all its parts are meant, too.' }),
      at: when(t),
      ...statement(t),
    }),
  })
  const renew = builder.inputType('RenewLawfulBasisInput', {
    description: 'A legal ground that is to hold for longer.',
    auth: write,
    fields: (t) => ({
      contactId: contactId(t),
      basisId: t.id({ required: true, description: 'The event that it began with.' }),
      validUntil: t.field({
        type: 'DateTime',
        description: 'Until when. Left out: as long as the purpose says; null: without end.',
      }),
      at: when(t),
      ...statement(t),
    }),
  })
  const use = builder.inputType('RecordUseInput', {
    description: 'Contacts that were processed for a purpose.',
    auth: write,
    fields: (t) => ({
      contactIds: t.idList({ required: true, description: 'The contacts; at most 1000.' }),
      purpose: t.string({ required: true, description: 'The key of the purpose.' }),
      at: when(t),
      ...statement(t),
    }),
  })
  return { record, confirm, refuse, restrict: restricting, renew, use }
}

const contactIdIn = ({ contactId }: { contactId: string }) => uuidOf('Contact', contactId)

/** An event's or a notice's id, which is a UUID. Any other text names nothing. */
function idIn<Name extends string>(input: { [K in Name]?: string | null | undefined }, name: Name): string | null {
  const id = input[name]
  if (typeof id !== 'string') return null
  if (!isUuid(id)) throw invalidInput([{ field: name, message: 'There is nothing with this id.' }])
  return id.toLowerCase()
}

/** As it is stored: PostgreSQL says when it was recorded. */
function stored(context: Context, { contactId, id }: LawfulBasisEvent): Promise<LawfulBasisEvent> {
  forgetEvents(context)
  return context.database.lawfulBasisEvent.findUniqueOrThrow({ where: { contactId_id: { contactId, id } } })
}
