import { v7 as uuidv7 } from 'uuid'
import type { Erasure } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { ErasureDecision } from '../module.ts'
import { retainedAhead } from './ahead.ts'
import { decisionOf } from './decision.ts'
import { type ErasureOrder, executeErasure } from './engine/execute.ts'
import { ErasureHeld } from './engine/holder.ts'
import { holdsOn } from './held.ts'
import { tellPerson } from './notice.ts'
import { addOutcomes, addRetained, type ErasureFacts, outcomeOf, retainedOf } from './register.ts'
import { take } from './state.ts'

/** Contacts of a set that are erased by one entry of the ledger. */
const batchSize = 500

/** What became of it: `held` looks again later. */
export type Performed = 'done' | 'held' | 'stopped'

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

/** Executes it, unless a hold that was placed meanwhile stops it. */
async function execute(context: WorkContext, order: ErasureOrder): Promise<'done' | 'held'> {
  try {
    await executeErasure(context, order)
    return 'done'
  } catch (error) {
    if (error instanceof ErasureHeld) return 'held'
    throw error
  }
}

/** Where there was nobody to erase (any more), nothing happened. */
const closeUndone = (context: WorkContext, where: { id: string } | { setId: string }): Promise<unknown> =>
  transact(context, 'finishErasure', (tx) =>
    tx.erasure.updateMany({
      where: { ...where, state: 'executing' },
      data: { state: 'cancelled', contacts: 0, decidedAt: new Date() },
    }),
  )

type Ready = { contactIds: string[]; decision: ErasureDecision; facts: ErasureFacts }

/** Tells the person, and notes that it begins, unless a hold stops it. */
async function begin(context: WorkContext, id: string): Promise<Ready | 'held' | 'gone'> {
  const retained = await retainedAhead(context, id)
  return transact(context, 'beginErasure', async (tx) => {
    const erasure = await tx.erasure.findUniqueOrThrow({ where: { id } })
    const subjects = await tx.erasureSubject.findMany({ where: { erasureId: id } })
    const contactIds = subjects.map(({ contactId }) => contactId)
    if (contactIds.length === 0) return closeEmpty(tx, erasure)
    if (await noteHolds(tx, context, id, contactIds)) {
      await tx.erasure.update({ where: { id }, data: { state: take(erasure, 'hold') } })
      return 'held'
    }
    const told = await tell(tx, context, erasure, retained)
    const begun = await tx.erasure.update({
      where: { id },
      data: { state: take(erasure, 'begin'), fault: '', ...told },
    })
    return { contactIds, decision: decisionOf(begun), facts: factsOf(begun, null) }
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

async function tell(
  tx: Transaction,
  context: WorkContext,
  erasure: Erasure,
  retained: Awaited<ReturnType<typeof retainedAhead>>,
) {
  const request = erasure.requestId ? await tx.subjectRequest.findFirst({ where: { id: erasure.requestId } }) : null
  // Done already, before a process died.
  if (!request || request.status === 'fulfilled') return {}
  if (request.status !== 'open' && request.status !== 'in_progress') throw new Hopeless('REQUEST_DECIDED')
  if (!request.verifiedAt) throw new Hopeless('REQUEST_UNVERIFIED')
  const toldHow = await tellPerson(tx, context, erasure, request, retained)
  if (toldHow === null) throw new Hopeless('LETTER_NEEDED')
  return erasure.toldAt === null ? { toldAt: new Date(), toldHow } : {}
}

/** Notes which of these contacts a hold stops, and which not any more. Returns whether there is any. */
async function noteHolds(
  tx: Transaction,
  context: WorkContext,
  erasureId: string,
  contactIds: readonly string[],
): Promise<boolean> {
  const holds = await holdsOn(tx, context, contactIds)
  const contactId = { in: [...contactIds] }
  const held = [...holds.keys()]
  await tx.erasureSubject.updateMany({
    where: { erasureId, contactId: { ...contactId, notIn: held }, heldSince: { not: null } },
    data: { heldSince: null },
  })
  if (held.length > 0)
    await tx.erasureSubject.updateMany({
      where: { erasureId, contactId: { in: held }, heldSince: null },
      data: { heldSince: new Date() },
    })
  return held.length > 0
}

async function performSet(context: WorkContext, { id }: Erasure, proceed: () => Promise<boolean>): Promise<Performed> {
  await transact(context, 'beginErasure', async (tx) => {
    const set = await tx.erasure.findUniqueOrThrow({ where: { id } })
    await tx.erasure.update({ where: { id }, data: { state: take(set, 'begin'), fault: '' } })
    // Holds may have been lifted: those are looked at anew.
    await tx.erasureSubject.updateMany({
      where: { erasureId: id, heldSince: { not: null } },
      data: { heldSince: null },
    })
  })
  for (;;) {
    if (!(await proceed())) return 'stopped'
    const ready = await nextBatch(context, id)
    if (ready === 'none') break
    // A hold that is placed at this very moment is found with the next batch.
    if (ready !== 'held') await execute(context, ready)
  }
  await closeUndone(context, { setId: id })
  return closeSet(context, id)
}

/** Takes the next contacts of a set that no hold stops. `held`: all of them are. */
const nextBatch = (context: WorkContext, setId: string): Promise<(Ready & { erasureId: string }) | 'held' | 'none'> =>
  transact(context, 'beginErasureBatch', async (tx) => {
    const where = { erasureId: setId, heldSince: null }
    const subjects = await tx.erasureSubject.findMany({ where, orderBy: { contactId: 'asc' }, take: batchSize })
    const ids = subjects.map(({ contactId }) => contactId)
    if (ids.length === 0) return 'none'
    await noteHolds(tx, context, setId, ids)
    const free = await tx.erasureSubject.findMany({ where: { ...where, contactId: { in: ids } } })
    const contactIds = free.map(({ contactId }) => contactId)
    if (contactIds.length === 0) return 'held'
    const set = await tx.erasure.findUniqueOrThrow({ where: { id: setId } })
    if (set.state !== 'executing') return 'none'
    const batch = await batchOf(tx, set, contactIds.length)
    const facts = factsOf(batch, { id: setId, contacts: set.contacts })
    return { erasureId: batch.id, contactIds, decision: decisionOf(batch), facts }
  })

/** One that was broken off before it was in the ledger goes on as this one. */
async function batchOf(tx: Transaction, set: Erasure, contacts: number): Promise<Erasure> {
  const begun = await tx.erasure.findFirst({ where: { setId: set.id, state: 'executing' } })
  if (begun) return tx.erasure.update({ where: { id: begun.id }, data: { contacts } })
  const { counts: _c, retained: _r, related, ...asked } = set
  return tx.erasure.create({
    data: {
      ...{ ...asked, id: uuidv7(), kind: 'batch', setId: set.id, contacts, state: 'executing', automatic: false },
      related: related ?? {},
    },
  })
}

/** Where only those are left that holds stop, the set waits; where nobody is left, it is executed. */
const closeSet = (context: WorkContext, id: string): Promise<Performed> =>
  transact(context, 'finishErasure', async (tx) => {
    const set = await tx.erasure.findUniqueOrThrow({ where: { id } })
    if (set.state !== 'executing') return 'done' as const
    if ((await tx.erasureSubject.count({ where: { erasureId: id } })) > 0) {
      await tx.erasure.update({ where: { id }, data: { state: take(set, 'hold') } })
      return 'held'
    }
    await tx.erasure.update({ where: { id }, data: { ...(await totalsOf(tx, set)), state: 'executed' } })
    await tx.erasureWork.deleteMany({ where: { id } })
    return 'done' as const
  })

/** What all batches of a set came to. */
async function totalsOf(tx: Transaction, { id }: Erasure) {
  const batches = await tx.erasure.findMany({
    where: { setId: id, state: 'executed' },
    orderBy: { ledgerSequence: 'asc' },
  })
  const newest = batches.at(-1)
  return {
    contacts: batches.reduce((sum, { contacts }) => sum + contacts, 0),
    counts: JSON.parse(JSON.stringify(addOutcomes(batches.map(outcomeOf)))),
    retained: JSON.parse(JSON.stringify(addRetained(batches.map(retainedOf)))),
    ledgerSequence: newest?.ledgerSequence ?? null,
    ledgerHash: newest?.ledgerHash ?? null,
    executedAt: new Date(),
  }
}

const factsOf = (erasure: Erasure, set: ErasureFacts['set']): ErasureFacts => ({
  set,
  requestId: erasure.requestId,
  requester: { kind: erasure.requesterKind, id: erasure.requesterId },
  requestedAt: erasure.requestedAt.toISOString(),
  approverIds: erasure.approverIds,
  approvedAt: erasure.approvedAt?.toISOString() ?? null,
  toldAt: erasure.toldAt?.toISOString() ?? null,
  toldHow: erasure.toldHow,
})

/** Notes that it can't be executed. */
export const failErasure = (context: WorkContext, id: string, fault: string): Promise<void> =>
  transact(context, 'failErasure', async (tx) => {
    await tx.erasureWork.deleteMany({ where: { id } })
    const erasure = await tx.erasure.findUniqueOrThrow({ where: { id } })
    if (['queued', 'executing', 'held'].includes(erasure.state))
      await tx.erasure.update({ where: { id }, data: { state: take(erasure, 'fail'), fault } })
  })
