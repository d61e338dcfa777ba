import type { SubjectRequest } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import { rightsOf } from '../../graphql/auth/rights.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, LetheError } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { answering, seenAmong } from '../contacts/sight.ts'
import { openingKey } from '../fields/store.ts'
import { grantsOf } from '../identity/access/authority.ts'
import { restrict } from '../lawfulness/basis/record.ts'
import { correctedSince } from './corrected.ts'
import { extendedMonths } from './deadline.ts'
import { answeredUnverified, type Denial, isRequestKind, known } from './kinds.ts'
import { alert, tellPerson, userOf } from './mails.ts'
import { required } from './messages.ts'
import { type Change, changeRequest } from './on-request.ts'
import { dueOf } from './pause.ts'
import { sealText } from './seal.ts'
import { take } from './status.ts'
import { unverified } from './steps.ts'
import { articleText } from './texts.ts'

// What becomes of a request. Whatever is decided, the person is told, with what they can do against it (Art. 12(3), (4) GDPR).

const longestReason = 4000

/**
 * Whose task a request is; nobody's, without. Throws NOT_FOUND for the request, INVALID_INPUT for who isn't a user (any more), or may not
 * see the request.
 */
export const assignRequest = (context: WorkContext, id: string, userId: string | null): Promise<SubjectRequest> =>
  changeRequest(context, 'assignSubjectRequest', id, async (tx, request) => {
    const user = userId && (await tx.user.findFirst({ where: { id: userId, disabledAt: null } }))
    if (userId && !user) throw invalidInput([{ field: 'user', message: 'There is no such user who can sign in.' }])
    if (user) await mustSee(tx, context, user.id, request)
    const begun = take(request, 'begin')
    // Who takes it on themself knows.
    if (user && user.id !== userOf(context)) {
      const { kind, dueAt } = request
      await alert(tx, context, 'assigned', { kinds: [known(isRequestKind, kind)], dueAt, assigneeId: user.id })
    }
    return { status: userId ? begun : request.status, assigneeId: userId }
  })

/** Nobody is given a task that they can't look at. */
async function mustSee(tx: Transaction, context: WorkContext, userId: string, { contactId }: SubjectRequest) {
  const rights = rightsOf((await grantsOf(tx, userId, { enabled: true })) ?? [])
  const sees =
    rights.canRead('requests.requests') &&
    (await seenAmong(tx, answering({ ...context, rights }), [contactId])).size > 0
  if (sees) return
  const message =
    'This user may not see the request: it takes the right to read requests.requests, and the contact in sight.'
  throw invalidInput([{ field: 'user', message, rule: 'lacks_right' }])
}

/**
 * Gives a request two further months, once, and tells the person why, within the first month (Art. 12(3) GDPR). Throws NOT_FOUND; CONFLICT if
 * that is over, or it was extended already.
 */
export const extendRequest = (context: WorkContext, id: string, reason: string): Promise<SubjectRequest> => {
  const text = required(reason, 'reason', longestReason)
  return changeRequest(context, 'extendSubjectRequest', id, async (tx, request) => {
    const status = take(request, 'extend')
    if (request.extendedAt) throw new LetheError('CONFLICT', 'It was extended already, and can be only once.')
    const extendedAt = new Date()
    if (extendedAt > request.dueAt) {
      throw new LetheError(
        'CONFLICT',
        `The first ${extendedMonths - 2} month is over: the person had to be told within it.`,
      )
    }
    const dueAt = dueOf({ ...request, extendedAt }, context)
    await tellPerson(tx, context, [request], 'extension', ({ texts, rights, day, close }) =>
      texts.extension({ rights, due: day(dueAt), reason: text }, close),
    )
    const extensionReason = sealText(
      await openingKey(context.keys, request.contactId),
      request,
      'extension_reason',
      text,
    )
    // What was told about the first date tells nothing about this one.
    return { status, extendedAt, dueAt, extensionReason, remindedAt: null, overdueAt: null }
  })
}

/** That a request is done. */
export type Fulfilment = {
  /** Whether something is missing: then the article that allows it, and why. */
  partly?: boolean | null | undefined
  article?: string | null | undefined
  /** Why, or what was done, in words for the person. */
  reason?: string | null | undefined
  /** Of an objection: the purposes that it ends. */
  purposes?: readonly string[] | null | undefined
}

/**
 * Notes that a request is done, and tells the person. An objection ends the purposes that are named. Throws NOT_FOUND; CONFLICT while nothing was
 * delivered of what had to be, nothing corrected (without a reason), or nobody knows who asks; INVALID_INPUT.
 */
export const fulfilRequest = (context: WorkContext, id: string, done: Fulfilment): Promise<SubjectRequest> => {
  const { reason, article } = checkReasons(done, Boolean(done.partly))
  return changeRequest(context, 'fulfilSubjectRequest', id, async (tx, request) => {
    const status = take(request, 'fulfil')
    const kind = known(isRequestKind, request.kind)
    if (!request.verifiedAt && !answeredUnverified.includes(kind)) throw unverified()
    if ((kind === 'access' || kind === 'portability') && !(request.producedAt && request.deliveredAt)) {
      throw new LetheError(
        'CONFLICT',
        'Nothing was delivered to the person yet: make a package (discloseContact) and let them have it, or deny the request with its reason.',
      )
    }
    if (
      kind === 'rectification' &&
      !reason &&
      !(await correctedSince(tx, context, request.contactId, request.receivedAt))
    ) {
      throw new LetheError(
        'CONFLICT',
        'Nothing was corrected since the person asked for it: correct it first (updateContact). If it was corrected elsewhere, say in the ' +
          'reason what was done; or deny the request.',
      )
    }
    await objectFor(tx, context, request, done.purposes ?? [])
    await tellPerson(tx, context, [request], 'decision', ({ texts, language, rights, close }) =>
      done.partly
        ? texts.partly({ rights, reason, article: articleText(article, language) }, close)
        : texts.fulfilled({ rights, reason }, close),
    )
    const decision = { status, partly: done.partly ? true : null, article: article || null }
    return { ...decision, ...(await decided(context, request, reason)) }
  })
}

/**
 * Refuses a request, and tells the person why, by which article, and what they can do against it (Art. 12(4) GDPR). Throws NOT_FOUND, CONFLICT,
 * INVALID_INPUT without article or reason.
 */
export const denyRequest = (
  context: WorkContext,
  id: string,
  { denial, ...said }: { denial: Denial; article: string; reason: string },
): Promise<SubjectRequest> => {
  const { reason, article } = checkReasons(said, true)
  return changeRequest(context, 'denySubjectRequest', id, async (tx, request) => {
    const status = take(request, 'deny')
    await tellPerson(tx, context, [request], 'decision', ({ texts, language, rights, close }) =>
      texts.denied({ rights, reason, article: articleText(article, language) }, close),
    )
    return { status, denial, article, ...(await decided(context, request, reason)) }
  })
}

/** Notes that the person took a request back. Throws NOT_FOUND, CONFLICT. */
export const revokeRequest = (context: WorkContext, id: string): Promise<SubjectRequest> =>
  changeRequest(context, 'revokeSubjectRequest', id, async (_tx, request) => ({
    status: take(request, 'revoke'),
    decidedAt: new Date(),
  }))

/** So many milliseconds the person has at least, as a rule, to object before a restriction is lifted. */
const noticeOfLifting = 3 * 24 * 3_600_000

/**
 * Lifts a restriction that was granted, `from` a moment on, in three days unless it is said; the person is told before (Art. 18(3) GDPR).
 * Throws NOT_FOUND, CONFLICT.
 */
export const liftRestriction = (
  context: WorkContext,
  id: string,
  { reason, from }: { reason: string; from?: Date | null | undefined },
): Promise<SubjectRequest> => {
  const text = required(reason, 'reason', longestReason)
  return changeRequest(context, 'liftRestriction', id, async (tx, request) => {
    if (request.kind !== 'restriction' || request.status !== 'fulfilled' || request.liftedAt) {
      throw new LetheError('CONFLICT', 'This is no restriction that is in force.')
    }
    const now = Date.now()
    const liftedAt = new Date(Math.max(from?.getTime() ?? now + noticeOfLifting, now))
    await tellPerson(tx, context, [request], 'restriction', ({ texts, day, close }) =>
      texts.lifted({ from: day(liftedAt), reason: text }, close),
    )
    return { liftedAt }
  })
}

/** Records the objection for what it ends. It is the person's, and nobody's to weigh any more. */
async function objectFor(tx: Transaction, context: WorkContext, request: SubjectRequest, purposes: readonly string[]) {
  if (request.kind !== 'objection') {
    if (purposes.length === 0) return
    throw invalidInput([{ field: 'purposes', message: 'Only an objection ends purposes.' }])
  }
  if (purposes.length === 0) {
    throw invalidInput([{ field: 'purposes', message: 'Name the purposes that the objection ends.' }])
  }
  const within = { ...context, within: tx }
  for (const purpose of new Set(purposes)) {
    const draft = { contactId: request.contactId, purpose, at: null, source: `Art. 21(1) GDPR: ${request.id}` }
    await restrict(within, 'objected', draft)
  }
}

async function decided(context: WorkContext, request: SubjectRequest, reason: string): Promise<Change> {
  const key = await openingKey(context.keys, request.contactId)
  const decisionReason = sealText(key, request, 'decision_reason', reason)
  return { decidedAt: new Date(), deciderId: userOf(context), decisionReason }
}

/** An article as laws are cited: it names a number, and a law. */
const citation = /\d.*\p{L}{2,}/u

function checkReasons(said: Pick<Fulfilment, 'article' | 'reason'>, needed: boolean) {
  const faults: Fault[] = []
  const article = checkText(said.article, 'article', { max: 200 }, faults)
  const reason = checkText(said.reason, 'reason', { max: longestReason, multiline: true }, faults)
  if (needed && faults.length === 0) {
    if (!citation.test(article)) {
      faults.push({ field: 'article', message: 'Name the article that it rests on, such as Art. 17(3)(b) GDPR.' })
    }
    if (!reason) faults.push({ field: 'reason', message: 'Say why: the person is told (Art. 12(4) GDPR).' })
  }
  if (faults.length > 0) throw invalidInput(faults)
  return { article, reason }
}
