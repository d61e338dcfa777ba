import type { Erasure } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { isUndecided } from '../requests/status.ts'
import { retainedOfContact } from './ahead.ts'
import { type Asked, requestBehind } from './asked.ts'
import { closeUndone, execute, noteHolds, type Performed, type Ready, readyFor } from './execution.ts'
import { tellPerson } from './notice.ts'
import { performSet } from './perform-set.ts'
import { take } from './state.ts'

/**
 * Executes an erasure that was claimed. It may be repeated at any point: what is erased is gone from the subjects, and an execution that
 * was broken off is completed by the ledger. `proceed` is asked between the steps: false, and the rest is left to another process.
 */
export async function performErasure(
  context: WorkContext,
  id: string,
  proceed: () => Promise<boolean>,
): Promise<Performed> {
  const erasure = await context.database.erasure.findUnique({ where: { id } })
  if (!erasure || !['queued', 'executing', 'held'].includes(erasure.state)) return finish(context, id)
  return erasure.kind === 'set' ? performSet(context, erasure, proceed) : performOne(context, erasure)
}

/** Nothing waits any more. */
async function finish({ database }: WorkContext, id: string): Promise<'done'> {
  await database.erasureWork.deleteMany({ where: { id } })
  return 'done'
}

async function performOne(context: WorkContext, { id }: Erasure): Promise<Performed> {
  const ready = await begin(context, id)
  if (ready === 'held') return 'held'
  if (ready !== 'gone' && (await execute(context, { erasureId: id, ...ready })) === 'held')
    // Placed at this very moment: the next look finds it.
    return 'held'
  await closeUndone(context, { id })
  return finish(context, id)
}

/** Tells the person, and notes that it begins, unless a hold stops it. */
async function begin(context: WorkContext, id: string): Promise<Ready | 'held' | 'gone'> {
  const asked = await askedBefore(context, id)
  return transact(context, 'beginErasure', async (tx) => {
    const erasure = await tx.erasure.findUniqueOrThrow({ where: { id } })
    const subjects = await tx.erasureSubject.findMany({ where: { erasureId: id } })
    const contactIds = subjects.map(({ contactId }) => contactId)
    if (contactIds.length === 0) return closeEmpty(tx, erasure)
    if (await noteHolds(tx, context, id, contactIds)) {
      await tx.erasure.update({ where: { id }, data: { state: take(erasure, 'hold') } })
      return 'held'
    }
    const told = await tell(tx, context, erasure, asked)
    const begun = await tx.erasure.update({
      where: { id },
      data: { state: take(erasure, 'begin'), fault: '', ...told },
    })
    return readyFor(begun, contactIds, null)
  })
}

/** The contact was erased otherwise meanwhile, or merged away. */
async function closeEmpty(tx: Transaction, { id, state }: Erasure): Promise<'gone'> {
  if (state !== 'executed')
    await tx.erasure.update({ where: { id }, data: { state: 'cancelled', decidedAt: new Date() } })
  return 'gone'
}

/** What can't succeed by being tried again. */
export class Hopeless extends Error {
  readonly fault: string

  constructor(fault: string) {
    super(`the erasure can't be executed: ${fault}`)
    this.fault = fault
  }
}

/** Who asked for it, and what a law keeps of them, found out before it begins. */
async function askedBefore(context: WorkContext, id: string): Promise<Asked | undefined> {
  const erasure = await context.database.erasure.findUniqueOrThrow({ where: { id } })
  const request = await requestBehind(context.database, erasure)
  // Else it is fulfilled already, before a process died, or decided: nobody is told.
  const retained = request && isUndecided(request.status)
  return request
    ? { request, retained: retained ? await retainedOfContact(context, erasure, request.contactId) : [] }
    : undefined
}

async function tell(tx: Transaction, context: WorkContext, erasure: Erasure, asked: Asked | undefined) {
  const request = asked && (await tx.subjectRequest.findFirst({ where: { id: asked.request.id } }))
  if (!request || request.status === 'fulfilled') return {}
  if (!isUndecided(request.status)) {
    // What was decided stays, if the erasure wasn't asked for by it.
    if (erasure.requestId === null) return {}
    throw new Hopeless('REQUEST_DECIDED')
  }
  if (!request.verifiedAt || request.status === 'needs_verification') throw new Hopeless('REQUEST_UNVERIFIED')
  const toldHow = await tellPerson(tx, context, erasure, request, asked.retained)
  if (toldHow === null) throw new Hopeless('LETTER_NEEDED')
  const told = erasure.toldAt === null ? { toldAt: new Date(), toldHow } : {}
  return { requestId: request.id, ...told }
}

/** Notes that it can't be executed. */
export const failErasure = (context: WorkContext, id: string, fault: string): Promise<void> =>
  transact(context, 'failErasure', async (tx) => {
    await tx.erasureWork.deleteMany({ where: { id } })
    const erasure = await tx.erasure.findUniqueOrThrow({ where: { id } })
    if (['queued', 'executing', 'held'].includes(erasure.state))
      await tx.erasure.update({ where: { id }, data: { state: take(erasure, 'fail'), fault } })
  })
