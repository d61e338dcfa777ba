import { SpecialGround } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { actorKinds } from '../../../graphql/context.ts'
import { addActor } from '../../audit/actor-types.ts'
import { legalGroundType } from '../../contacts/legal-ground.ts'
import type { RegisterTypes } from '../register/types.ts'
import { hashOf, openEvidence } from './evidence.ts'
import { evidenceTypes } from './evidence-types.ts'

const auth = { read: 'lawfulness.basis' }

/** The types of legal grounds, for what leads to them and what takes them. */
export type BasisTypes = ReturnType<typeof addBasisTypes>

/** `LawfulBasisEvent` and its enums. */
export function addBasisTypes(builder: Builder, { notice }: RegisterTypes) {
  const ground = legalGroundType(builder)
  const { actor } = addActor(builder)
  const kind = builder.enumType('BasisEventKind', {
    description: 'What happens to legal grounds (after ISO/IEC TS 27560).',
    values: {
      GIVEN: { value: 'given', description: 'A ground was given, or stated.' },
      REQUESTED: { value: 'requested', description: 'Consent was asked for; it is none before it is confirmed.' },
      CONFIRMED: { value: 'confirmed', description: 'The person confirmed what was asked for (double opt-in).' },
      REFUSED: { value: 'refused', description: 'The person said no: to a request, or at all.' },
      WITHDRAWN: { value: 'withdrawn', description: 'The person withdrew consent (Art. 7(3) GDPR).' },
      OBJECTED: { value: 'objected', description: 'The person objected (Art. 21 GDPR).' },
      RENEWED: { value: 'renewed', description: 'A ground that held was made to hold for longer.' },
      LAPSED: { value: 'lapsed', description: 'A ground ended by itself.' },
      USED: { value: 'used', description: 'The person was processed for the purpose (§ 7a UWG).' },
      RETRACTED: { value: 'retracted', description: 'It was taken back, as when a merge was undone.' },
    } as const,
  })
  const specialGround = builder.enumType('SpecialGround', {
    description: 'The grounds to process special categories: Art. 9(2) GDPR, a to j.',
    values: Object.fromEntries(
      Object.values(SpecialGround).map((value, index) => [
        value.toUpperCase(),
        { value, description: `Art. 9(2)(${'abcdefghij'.charAt(index)}) GDPR.` },
      ]),
    ),
  })
  const { kind: evidenceKind, input: evidence } = evidenceTypes(builder)
  const event = builder.prismaObject('LawfulBasisEvent', {
    description: 'Something that happened to a contact’s legal grounds. It never changes.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Its identity.' }),
      kind: t.expose('kind', { type: kind, nullable: false, description: 'What happened.' }),
      purpose: t.exposeString('purposeKey', { nullable: false, description: 'The key of the purpose.' }),
      ground: t.expose('ground', {
        type: ground,
        nullable: true,
        description: 'The ground; null for an objection, which is to several.',
      }),
      occurredAt: t.expose('occurredAt', { type: 'DateTime', nullable: false, description: 'When it happened.' }),
      recordedAt: t.expose('recordedAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When it was recorded here.',
      }),
      validFrom: t.expose('validFrom', {
        type: 'DateTime',
        nullable: true,
        description: 'From when a ground was to hold.',
      }),
      validUntil: t.expose('validUntil', {
        type: 'DateTime',
        nullable: true,
        description:
          'Until when; null: without end. Of a request: of the consent that was asked for; null: as long as the purpose says.',
      }),
      confirmUntil: t.expose('confirmUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'Of a request: until when it can be confirmed.',
      }),
      basis: t.exposeID('basisId', {
        nullable: true,
        description: 'The event that it confirms, refuses, renews, uses, lets lapse or takes back.',
      }),
      specialGround: t.expose('specialGround', {
        type: specialGround,
        nullable: true,
        description: 'The ground for special categories (Art. 9(2) GDPR).',
      }),
      byGuardian: t.exposeBoolean('byGuardian', {
        nullable: false,
        description: 'By whoever has parental responsibility (Art. 8 GDPR).',
      }),
      despiteObjection: t.exposeBoolean('despiteObjection', {
        nullable: false,
        description: 'On compelling grounds, which override an objection (Art. 21(1) GDPR).',
      }),
      notice: t.relation('notice', {
        nullable: true,
        auth: { read: 'lawfulness.purposes' },
        description: 'The text that the person was shown.',
      }),
      source: t.exposeString('source', { nullable: false, description: 'Where it came from; empty if nobody said.' }),
      importId: t.exposeID('importId', { nullable: true, description: 'The import that brought it.' }),
      copiedFrom: t.exposeID('copiedFrom', {
        nullable: true,
        description: 'The event of a merged contact that it repeats.',
      }),
      evidenceKind: t.expose('evidenceKind', {
        type: evidenceKind,
        nullable: true,
        description: 'What proves it; null: nothing here does.',
      }),
      evidence: t.string({
        nullable: true,
        auth: { read: 'lawfulness.evidence' },
        description: 'The evidence. That you read it is logged.',
        readLog: ({ contactId, id }) => ({ contactId, entityId: id }),
        resolve: (row, _args, context) => openEvidence(context, row),
      }),
      evidenceHash: t.string({
        nullable: true,
        description: 'SHA-256 of the sealed evidence, as hex: what the audit log tells of it.',
        resolve: ({ evidence }) => evidence && hashOf(evidence),
      }),
      recordedBy: t.field({
        type: actor,
        nullable: false,
        description: 'Who recorded it.',
        resolve: ({ actorKind, actorId }) => ({
          kind: actorKinds.find((known) => known === actorKind) ?? 'system',
          id: actorId,
        }),
      }),
    }),
  })
  return { event, ground, specialGround, evidence, notice }
}
