import { v7 as uuidv7 } from 'uuid'
import type { SubjectRequest } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, LetheError, notFound } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { answering } from '../contacts/sight.ts'
import { readForUpdate } from '../contacts/update.ts'
import { openingKey } from '../fields/store.ts'
import { endOfPeriod, usualMonths } from './deadline.ts'
import type { RequestChannel, RequestKind, VerificationMethod } from './kinds.ts'
import { alert, tellPerson, userOf } from './mails.ts'
import { addReply } from './messages.ts'
import { resumed } from './pause.ts'
import { sealText, statementOf } from './seal.ts'
import { take, undecided } from './status.ts'

// The steps of a request that other modules take, too: receiving, producing, delivering.

/** What a person asks for. */
export type Asking = {
  contactId: string
  /** At least one; each becomes a request of its own, all of one case. */
  kinds: readonly RequestKind[]
  channel: RequestChannel
  /** What they wrote. */
  statement?: string | null | undefined
  /** When it came, by this the time runs; now, unless it is said. */
  receivedAt?: Date | null | undefined
  /** How they proved who they are, if they did already. */
  verification?: VerificationMethod | null | undefined
}

/** What only words can tell (Art. 16, 18, 21 GDPR). */
const needsWords: readonly RequestKind[] = ['rectification', 'restriction', 'objection']

const longest = 4000
const oldest = 10 * 366 * 24 * 3_600_000

/**
 * Takes down that a contact makes use of rights. Who asks again for what is not decided gets that: one request a right; what they
 * write is added to it. The person gets a receipt, and the data-protection officer is told. Returns the requests in the
 * order of `kinds`. Throws NOT_FOUND; INVALID_INPUT where words are missing or too many, or for a contact that was merged.
 */
export async function receiveRequest(context: WorkContext, asking: Asking): Promise<SubjectRequest[]> {
  const { kinds, text, receivedAt } = check(asking)
  return transact(
    context,
    asking.channel === 'self_service' ? 'requestOwnRight' : 'receiveSubjectRequest',
    async (tx) => {
      const { contact } = await readForUpdate(tx, answering(context), asking.contactId, undefined, 'contactId')
      return takeDown(tx, context, { ...asking, contactId: contact.id, kinds, receivedAt }, text)
    },
    // Two at once: the second one finds the first. As a part of something else, it is refused by PostgreSQL.
    context.within ? {} : { isolation: 'Serializable' },
  )
}

/** Throws INVALID_INPUT. */
export function check(asking: Omit<Asking, 'contactId'>, place = '') {
  const faults: Fault[] = []
  const kinds = [...new Set(asking.kinds)]
  if (kinds.length === 0) faults.push({ field: `${place}kinds`, message: 'Name at least one right.' })
  const field = `${place}statement`
  const text = checkText(asking.statement, field, { max: longest, multiline: true }, faults)
  if (kinds.some((kind) => needsWords.includes(kind)) && !text && faults.length === 0) {
    faults.push({ field, message: 'Say what it is about.', rule: 'missing' })
  }
  const now = Date.now()
  const receivedAt = asking.receivedAt ?? new Date(now)
  if (receivedAt.getTime() > now || receivedAt.getTime() < now - oldest) {
    faults.push({ field: `${place}receivedAt`, message: 'A request came in the past, and not ten years ago.' })
  }
  if (faults.length > 0) throw invalidInput(faults)
  return { kinds, text, receivedAt }
}

/** Does it, in the caller's unit of work, with what was checked. */
export async function takeDown(
  tx: Transaction,
  context: WorkContext,
  { contactId, kinds, channel, receivedAt, verification }: Asking & { receivedAt: Date },
  text: string,
): Promise<SubjectRequest[]> {
  const key = await openingKey(context.keys, contactId)
  const where = { contactId, kind: { in: [...kinds] }, status: { in: [...undecided] } }
  const there = await tx.subjectRequest.findMany({ where, orderBy: { id: 'asc' } })
  const missing = kinds.filter((kind) => !there.some((one) => one.kind === kind))
  // What was asked for again is one case with what is new only if all of it is new.
  const caseId = uuidv7()
  const verified = verification
    ? { verificationMethod: verification, verifiedAt: new Date(), verifierId: userOf(context) }
    : {}
  for (const kind of missing) {
    const id = uuidv7()
    const statement = sealText(key, { contactId, id }, 'statement', text)
    const dueAt = endOfPeriod(receivedAt, { months: usualMonths }, context.workingDays)
    await tx.subjectRequest.create({
      data: { contactId, id, caseId, kind, receivedAt, channel, dueAt, status: 'open', statement, ...verified },
    })
  }
  for (const request of there) {
    // Who asks again and shows who they are has answered the question.
    if (verification && !request.verifiedAt) await noteVerified(tx, context, request, verification)
    // A form that was sent twice tells nothing new.
    if (text && text !== statementOf(key, request))
      await addReply(tx, context, key, request, { text, channel: channel === 'self_service' ? 'page' : channel })
  }
  const now = await tx.subjectRequest.findMany({ where, orderBy: { id: 'asc' } })
  const fresh = now.filter((one) => one.caseId === caseId)
  const [head, ...rest] = fresh
  if (head) {
    await alert(tx, context, 'received', { kinds: missing, dueAt: head.dueAt })
    // A rule is nobody whom one would answer.
    if (channel !== 'rule') {
      await tellPerson(tx, context, [head, ...rest], 'receipt', ({ texts, rights, day, close }) =>
        texts.receipt({ rights, at: day(receivedAt), due: day(head.dueAt) }, close),
      )
    }
  }
  return kinds.flatMap((kind) => now.find((one) => one.kind === kind) ?? [])
}

/** Notes that the person proved who they are: the time runs again. */
export async function noteVerified(
  tx: Transaction,
  context: WorkContext,
  request: SubjectRequest,
  method: VerificationMethod,
): Promise<void> {
  const { contactId, id } = request
  await tx.subjectRequest.update({
    where: { contactId_id: { contactId, id } },
    data: {
      ...{ status: take(request, 'verify'), verificationMethod: method },
      ...{ verifiedAt: new Date(), verifierId: userOf(context) },
      ...resumed(request, context),
      // What was told about the former date tells nothing about this one.
      ...(request.status === 'needs_verification' && { remindedAt: null, overdueAt: null }),
    },
  })
}

/** A request of a contact, or one that was theirs when it was asked for. Throws NOT_FOUND. */
export async function requestOf(tx: Transaction, contactId: string, id: string): Promise<SubjectRequest> {
  // It may have gone along in a merge since.
  const whose = [{ contactId }, { movedFrom: { has: contactId } }]
  const request = await tx.subjectRequest.findFirst({ where: { id, OR: whose } })
  if (!request) throw notFound('request')
  return request
}

type OfPackage = { contactId: string; requestId: string; packageId: string }

/**
 * Notes that a package was made that answers a request. Of several, the latest counts. Throws NOT_FOUND; CONFLICT for one that was
 * decided, or whose person was asked who they are; INVALID_INPUT for a right that no package answers.
 */
export async function noteProduced(
  tx: Transaction,
  _context: WorkContext,
  { contactId, requestId: id, packageId }: OfPackage,
): Promise<void> {
  const request = await requestOf(tx, contactId, id)
  if (request.kind !== 'access' && request.kind !== 'portability') {
    const message = 'A package answers requests for access or portability (Art. 15, 20 GDPR), and this is another one.'
    throw invalidInput([{ field: 'requestId', message }])
  }
  const status = take(request, 'produce')
  const where = { contactId_id: { contactId: request.contactId, id } }
  await tx.subjectRequest.update({ where, data: { status, producedAt: new Date(), packageId } })
}

/**
 * Notes that the person got that package, and how: `download`, `mail`, `letter`, `in_person`. Throws NOT_FOUND; CONFLICT for another
 * package than the one that was produced last, for a request that was decided, and while nobody knows who asks: then nothing may be
 * handed out.
 */
export async function noteDelivered(
  tx: Transaction,
  _context: WorkContext,
  { contactId, requestId: id, packageId, how }: OfPackage & { how: string },
): Promise<void> {
  const request = await requestOf(tx, contactId, id)
  const status = take(request, 'deliver')
  if (request.packageId !== packageId) throw new LetheError('CONFLICT', 'This package was not made for the request.')
  if (!request.verifiedAt) throw unverified()
  const where = { contactId_id: { contactId: request.contactId, id } }
  await tx.subjectRequest.update({ where, data: { status, deliveredAt: new Date(), delivery: how } })
}

/**
 * Notes that a request for erasure is fulfilled, right before the person is erased; they were told. `missing`: what a law obliges to keep,
 * in words for them. Throws CONFLICT for one that was decided, or while nobody knows who asks.
 */
export async function noteErased(
  tx: Transaction,
  context: WorkContext,
  request: SubjectRequest,
  missing: { article: string; reason: string } | undefined,
): Promise<void> {
  const { contactId, id } = request
  const status = take(request, 'fulfil')
  if (!request.verifiedAt) throw unverified()
  const key = await openingKey(context.keys, contactId)
  const partly = missing && {
    ...{ partly: true, article: missing.article },
    decisionReason: sealText(key, request, 'decision_reason', missing.reason),
  }
  const where = { contactId_id: { contactId, id } }
  await tx.subjectRequest.update({ where, data: { status, decidedAt: new Date(), ...partly } })
}

/** Nobody knows yet whether it is the person who asks. */
export const unverified = (): LetheError =>
  new LetheError(
    'CONFLICT',
    'Nobody knows yet whether it is the person who asks: note how they proved it (verifyIdentity), or ask them (askForIdentity).',
  )
