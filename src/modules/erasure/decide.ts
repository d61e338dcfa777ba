import type { Erasure, Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, forPeople, invalidInput, LetheError } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { denyRequest } from '../requests/decide.ts'
import { unverified } from '../requests/steps.ts'
import { requestBehind } from './asked.ts'
import { erasureFor } from './find.ts'
import { articleOf, type Refusal } from './grounds.ts'
import { noticeOf } from './notice.ts'
import { enqueue } from './queue.ts'
import { totalsOf } from './register.ts'
import { approvalsNeeded } from './settings.ts'
import { take } from './state.ts'

// What people decide over an erasure that somebody asked for.

const change = (
  context: WorkContext,
  operation: string,
  id: string,
  run: (tx: Transaction, erasure: Erasure) => Promise<Prisma.ErasureUpdateInput>,
): Promise<Erasure> =>
  transact(
    context,
    operation,
    async (tx) => {
      const erasure = await erasureFor(tx, context, id)
      return tx.erasure.update({ where: { id: erasure.id }, data: await run(tx, erasure) })
    },
    { integrated: true },
  )

/**
 * Approves an erasure, for a user who didn't ask for it. With the last approval that is needed it is approved, and queued if it was asked
 * for like that. Throws NOT_FOUND, CONFLICT; FORBIDDEN for whoever asked for it, and for programs.
 */
export const approveErasure = (context: WorkContext, id: string): Promise<Erasure> =>
  change(context, 'approveErasure', id, async (tx, erasure) => {
    const state = take(erasure, 'approve')
    const { actor } = context
    if (actor.kind !== 'user' || actor.id === null) throw forPeople()
    if (erasure.requesterKind === 'user' && erasure.requesterId === actor.id)
      throw new LetheError('FORBIDDEN', 'Whoever asks for an erasure can’t approve it: somebody else has to.')
    if (erasure.approverIds.includes(actor.id)) throw new LetheError('CONFLICT', 'You have approved it already.')
    const approverIds = [...erasure.approverIds, actor.id]
    if (approverIds.length < approvalsNeeded(context)) return { approverIds }
    const approved = { approverIds, approvedAt: new Date() }
    if (!erasure.automatic) return { ...approved, state }
    await requireVerified(tx, erasure)
    await enqueue(tx, id)
    return { ...approved, state: take({ state }, 'queue') }
  })

/**
 * Refuses an erasure by Art. 17(3) GDPR. The person who asked for it is told, by which article and why, and what they can do against it.
 * Throws NOT_FOUND, CONFLICT; INVALID_INPUT without a reason for them.
 */
export const refuseErasure = (
  context: WorkContext,
  id: string,
  { because, law, reason }: { because: Refusal; law?: string | null | undefined; reason?: string | null | undefined },
): Promise<Erasure> => {
  const faults: Fault[] = []
  const article = articleOf(because, checkText(law, 'law', { max: 150 }, faults))
  if (faults.length > 0) throw invalidInput(faults)
  return change(context, 'refuseErasure', id, async (tx, erasure) => {
    const state = take(erasure, 'refuse')
    if (erasure.requestId) {
      const denial = { denial: 'not_covered', article, reason: reason ?? '' } as const
      await denyRequest({ ...context, within: tx }, erasure.requestId, denial)
    }
    await forget(tx, erasure)
    return { state, article, ...(await doneSoFar(tx, erasure)), ...decidedBy(context) }
  })
}

/** Calls an erasure off; of a set that is being executed, what isn't erased yet. Throws NOT_FOUND; CONFLICT where it is too late. */
export const cancelErasure = (context: WorkContext, id: string): Promise<Erasure> =>
  change(context, 'cancelErasure', id, async (tx, erasure) => {
    const begun = erasure.kind === 'set' && erasure.state === 'executing'
    const state = begun ? 'cancelled' : take(erasure, 'cancel')
    await forget(tx, erasure)
    return { state, ...(await doneSoFar(tx, erasure)), ...decidedBy(context) }
  })

/**
 * Queues an erasure that is approved. Throws NOT_FOUND; CONFLICT, also while nobody knows whether it was the person who asked for it, or
 * when they have to be told by a letter.
 *
 * @param options.letterSent The person was told by a letter, as there is no address for mails.
 */
export const executeErasure = (
  context: WorkContext,
  id: string,
  { letterSent = false }: { letterSent?: boolean } = {},
): Promise<Erasure> =>
  change(context, 'executeErasure', id, async (tx, erasure) => {
    const state = take(erasure, 'queue')
    await requireVerified(tx, erasure)
    const needed = erasure.toldAt === null && !letterSent && (await needsLetter(tx, context, erasure))
    if (needed)
      throw new LetheError(
        'CONFLICT',
        'The person asked for it, and can’t be told by mail: send them `erasureLetter` first, and say so (`letterSent`).',
      )
    await tx.erasureWork.deleteMany({ where: { id } })
    await enqueue(tx, id)
    return {
      state,
      fault: '',
      ...(letterSent && (await requestBehind(tx, erasure)) && { toldHow: 'letter', toldAt: new Date() }),
    }
  })

/** Whether somebody asked for it who can't be told by mail. */
async function needsLetter(tx: Transaction, context: WorkContext, erasure: Erasure) {
  const request = await requestBehind(tx, erasure)
  return request ? !(await noticeOf(tx, context, request, { ...erasure, retained: [] })).to : false
}

/** It can't be taken back, so it has to be the person who asked for it. Throws CONFLICT. */
async function requireVerified(tx: Transaction, { requestId }: Erasure) {
  if (requestId === null) return
  const request = await tx.subjectRequest.findFirst({ where: { id: requestId } })
  if (request && !request.verifiedAt) throw unverified()
}

/** Nothing waits any more, and nobody of a set is remembered; of one contact, it stays in their history. */
async function forget(tx: Transaction, { id, kind }: Erasure) {
  await tx.erasureWork.deleteMany({ where: { id } })
  if (kind === 'set') await tx.erasureSubject.deleteMany({ where: { erasureId: id } })
}

/** Of a set that has begun: what was erased stays proven. */
async function doneSoFar(tx: Transaction, { id, kind }: Erasure) {
  if (kind !== 'set') return {}
  const { contacts, ...totals } = await totalsOf(tx, id)
  return contacts > 0 ? totals : {}
}

const decidedBy = ({ actor }: WorkContext) => ({
  decidedAt: new Date(),
  deciderId: actor.kind === 'user' ? actor.id : null,
})

/** Notes that staff told the recipients whom nothing tells by itself (Art. 19 GDPR). Throws NOT_FOUND; CONFLICT if there is none. */
export const noteRecipientsTold = (context: WorkContext, id: string): Promise<Erasure> =>
  change(context, 'noteErasureRecipientsTold', id, async (_tx, { untoldClients, clientsToldAt }) => {
    if (untoldClients.length === 0 || clientsToldAt !== null)
      throw new LetheError('CONFLICT', 'There is nobody to be told of this erasure.')
    return { clientsToldAt: new Date() }
  })
