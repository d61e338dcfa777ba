import { v7 as uuidv7 } from 'uuid'
import type { LawfulBasisEvent, LegalGround, SpecialGround } from '#prisma/client.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { addDuration } from '../duration.ts'
import { rules } from '../law/rules.ts'
import { timelineOf } from '../law/timeline.ts'
import { appendEvents, type NewEvent } from './append.ts'
import { refusal, refuseFlawed } from './judge.ts'
import { checkMoment, checkStatement, onContact, purposeNamed, type Stage, type Statement } from './stage.ts'

/** A legal ground that a contact's data may be processed on, as somebody records it. */
export type BasisDraft = Statement & {
  contactId: string
  purpose: string
  ground: LegalGround
  /** When it was given; now, or when it begins if that is past. */
  givenAt?: Date | null | undefined
  validFrom?: Date | null | undefined
  /** Absent: as long as the purpose says. Null: without end. */
  validUntil?: Date | null | undefined
  specialGround?: SpecialGround | null | undefined
  byGuardian?: boolean | null | undefined
  despiteObjection?: boolean | null | undefined
  noticeId?: string | null | undefined
  /** Consent that is yet to be confirmed: double opt-in. */
  pending?: boolean | null | undefined
  /** Until when; 30 days, unless said otherwise, and not longer than it would hold. */
  confirmUntil?: Date | null | undefined
}

/** Records a legal ground. Throws NOT_FOUND for the contact, INVALID_INPUT with what the law has against it. */
export async function recordLawfulBasis(context: WorkContext, draft: BasisDraft): Promise<LawfulBasisEvent> {
  return onContact(context, 'recordLawfulBasis', draft.contactId, async (stage) => {
    const faults: Fault[] = []
    const purpose = purposeNamed(stage.purposes, draft.purpose)
    if (purpose.retiredAt) faults.push({ field: 'purpose', message: rules.purpose_retired.en, rule: 'purpose_retired' })
    const now = new Date()
    const begins = draft.validFrom ?? draft.givenAt ?? now
    const givenAt = checkMoment(draft.givenAt ?? (begins < now ? begins : now), 'givenAt', faults)
    if (begins < givenAt)
      faults.push({ field: 'validFrom', message: 'No ground holds before it was given (`givenAt`).' })
    const { pending, noticeId = null, ground } = draft
    if (pending && ground !== 'consent') faults.push({ field: 'pending', message: 'Only consent is asked for.' })
    if (!pending && draft.confirmUntil)
      faults.push({ field: 'confirmUntil', message: 'Only what is pending can be confirmed.' })
    const validity = pending ? (draft.validUntil ?? null) : await validityOf(stage, draft, begins)
    const confirmUntil = pending ? confirmableUntil(draft, givenAt, faults) : null
    if (validity && validity <= begins) faults.push({ field: 'validUntil', message: 'It would end before it begins.' })
    if (noticeId) await checkNotice(stage, draft.purpose, noticeId, faults)
    const { specialGround = null, byGuardian, despiteObjection } = draft
    if (specialGround === 'explicit_consent' && ground !== 'consent') {
      faults.push({ field: 'specialGround', message: 'Explicit consent is consent: the ground has to be that, too.' })
    }
    const event: NewEvent = {
      ...checkStatement(draft, faults),
      contactId: stage.contact.id,
      id: uuidv7(),
      kind: pending ? 'requested' : 'given',
      purposeKey: draft.purpose,
      ground,
      occurredAt: givenAt,
      validFrom: pending ? null : begins,
      validUntil: validity,
      confirmUntil,
      specialGround,
      byGuardian: byGuardian ?? false,
      despiteObjection: despiteObjection ?? false,
      noticeId,
    }
    if (faults.length > 0) throw invalidInput(faults)
    // A request is judged as the consent that it would become.
    refuseFlawed(stage, pending ? { ...event, kind: 'given', validFrom: begins } : event)
    return written(stage, context, event)
  })
}

/** Confirms a consent that was asked for. Throws INVALID_INPUT unless that request is still pending. */
export async function confirmConsent(
  context: WorkContext,
  draft: Statement & { contactId: string; requestId: string; at?: Date | null | undefined },
): Promise<LawfulBasisEvent> {
  return onContact(context, 'confirmConsent', draft.contactId, async (stage) => {
    const faults: Fault[] = []
    const occurredAt = checkMoment(draft.at, 'at', faults)
    const request = stage.events.find(({ id, kind }) => id === draft.requestId && kind === 'requested')
    if (!request) throw refusal('confirmation_without_request', 'requestId')
    await refuseOwnRequest(stage, context, request.id)
    const purpose = await stage.tx.purpose.findUniqueOrThrow({ where: { key: request.purposeKey } })
    if (purpose.retiredAt) throw refusal('purpose_retired', 'requestId')
    const usual = purpose.defaultValidity === null ? null : addDuration(occurredAt, purpose.defaultValidity)
    const asked = request.validUntil
    const event: NewEvent = {
      ...checkStatement(draft, faults),
      contactId: stage.contact.id,
      id: uuidv7(),
      kind: 'confirmed',
      purposeKey: request.purposeKey,
      ground: 'consent',
      occurredAt,
      validFrom: occurredAt,
      // What was asked for is what was confirmed, and the purpose allows no more than it says.
      validUntil: asked && usual ? earlier(asked, usual) : (asked ?? usual),
      basisId: request.id,
      specialGround: request.specialGround,
      byGuardian: request.byGuardian,
    }
    if (faults.length > 0) throw invalidInput(faults)
    refuseFlawed(stage, event)
    return written(stage, context, event)
  })
}

/**
 * Records that a person refused consent: one request, if it is named, or the purpose, whether or not they were asked here.
 * Never refused itself, but for a request that isn't pending.
 */
export async function refuseConsent(
  context: WorkContext,
  draft: Statement & {
    contactId: string
    purpose: string
    requestId?: string | null | undefined
    at?: Date | null | undefined
  },
): Promise<LawfulBasisEvent> {
  return onContact(context, 'refuseConsent', draft.contactId, async (stage) => {
    const faults: Fault[] = []
    const { purpose: purposeKey, requestId = null } = draft
    purposeNamed(stage.purposes, purposeKey)
    const { pending } = timelineOf(stage.events, stage.purposes, purposeKey)
    if (requestId && !pending.some(({ id }) => id === requestId)) {
      faults.push({ field: 'requestId', message: 'No request with this id is pending for this purpose.' })
    }
    const statement = checkStatement(draft, faults)
    const occurredAt = checkMoment(draft.at, 'at', faults)
    if (faults.length > 0) throw invalidInput(faults)
    const about = { contactId: stage.contact.id, purposeKey, ground: 'consent' as const, basisId: requestId }
    return written(stage, context, { ...statement, ...about, kind: 'refused', occurredAt })
  })
}

/** Lets a ground that holds hold for longer. Throws INVALID_INPUT for one that has ended, which has to be given anew. */
export async function renewLawfulBasis(
  context: WorkContext,
  draft: Statement & {
    contactId: string
    basisId: string
    validUntil?: Date | null | undefined
    at?: Date | null | undefined
  },
): Promise<LawfulBasisEvent> {
  return onContact(context, 'renewLawfulBasis', draft.contactId, async (stage) => {
    const faults: Fault[] = []
    const basis = stage.events.find(
      ({ id, kind }) => id === draft.basisId && (kind === 'given' || kind === 'confirmed'),
    )
    if (!basis) throw refusal('renewed_too_late', 'basisId')
    if (purposeNamed(stage.purposes, basis.purposeKey).retiredAt) throw refusal('purpose_retired', 'basisId')
    const occurredAt = checkMoment(draft.at, 'at', faults)
    const validUntil = await validityOf(stage, { purpose: basis.purposeKey, validUntil: draft.validUntil }, occurredAt)
    if (validUntil && validUntil <= occurredAt) {
      faults.push({ field: 'validUntil', message: 'It would end before it was renewed.' })
    }
    const event: NewEvent = {
      ...checkStatement(draft, faults),
      contactId: stage.contact.id,
      id: uuidv7(),
      kind: 'renewed',
      purposeKey: basis.purposeKey,
      ground: basis.ground,
      occurredAt,
      validUntil,
      basisId: basis.id,
    }
    if (faults.length > 0) throw invalidInput(faults)
    refuseFlawed(stage, event)
    return written(stage, context, event)
  })
}

/** Records that a person withdrew consent, or objected. Never refused for what was recorded before (Art. 7(3), 21 GDPR). */
export async function restrict(
  context: WorkContext,
  kind: 'withdrawn' | 'objected',
  draft: Statement & { contactId: string; purpose: string; at?: Date | null | undefined },
): Promise<LawfulBasisEvent> {
  const operation = kind === 'withdrawn' ? 'withdrawConsent' : 'objectToProcessing'
  return onContact(context, operation, draft.contactId, async (stage) => {
    const faults: Fault[] = []
    purposeNamed(stage.purposes, draft.purpose)
    const statement = checkStatement(draft, faults)
    const occurredAt = checkMoment(draft.at, 'at', faults)
    if (faults.length > 0) throw invalidInput(faults)
    const ground = kind === 'withdrawn' ? ('consent' as const) : null
    const event = { ...statement, contactId: stage.contact.id, kind, purposeKey: draft.purpose, ground, occurredAt }
    return written(stage, context, event)
  })
}

const timeToConfirm = 'P30D'

/** Until when a request can be confirmed. */
function confirmableUntil({ confirmUntil, validUntil }: BasisDraft, from: Date, faults: Fault[]): Date {
  const usual = confirmUntil ?? addDuration(from, timeToConfirm)
  if (usual <= from)
    faults.push({ field: 'confirmUntil', message: 'It could be confirmed only before it was asked for.' })
  return validUntil ? earlier(usual, validUntil) : usual
}

const earlier = (one: Date, other: Date) => (one < other ? one : other)

async function written({ tx, purposes }: Stage, context: WorkContext, event: NewEvent) {
  const [row] = await appendEvents(tx, context, [event], purposes)
  if (!row) throw new Error('nothing was written')
  return row
}

/** Until when a ground holds: as is said, or as long as the purpose says. */
async function validityOf(
  { tx }: Stage,
  { purpose, validUntil }: { purpose: string; validUntil?: Date | null | undefined },
  from: Date,
) {
  if (validUntil !== undefined) return validUntil
  const { defaultValidity } = await tx.purpose.findUniqueOrThrow({ where: { key: purpose } })
  return defaultValidity === null ? null : addDuration(from, defaultValidity)
}

async function checkNotice({ tx }: Stage, purposeKey: string, id: string, faults: Fault[]) {
  const notice = await tx.notice.findUnique({ where: { id } })
  if (notice?.purposeKey === purposeKey) return
  faults.push({ field: 'noticeId', message: 'There is no such notice of this purpose.' })
}

/** Who asked for a consent can't be who confirms it: the confirmation is the person's, by another way. */
async function refuseOwnRequest({ tx, contact }: Stage, { actor }: WorkContext, id: string) {
  const request = await tx.lawfulBasisEvent.findUniqueOrThrow({
    where: { contactId_id: { contactId: contact.id, id } },
  })
  // The product itself and callers without a name are nobody in particular: there, the link that was sent proves who it is.
  if (actor.id === null || request.actorKind !== actor.kind || request.actorId !== actor.id) return
  throw new LetheError(
    'FORBIDDEN',
    'You asked for this consent yourself, so you can’t confirm it: the person has to, by another way.',
  )
}
