import { v7 as uuidv7 } from 'uuid'
import type { Erasure, SubjectRequest } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Asked, askedAmong, openRequests } from './asked.ts'
import { closeUndone, execute, noteHolds, type Performed, type Ready, readyFor } from './execution.ts'
import { tellPerson } from './notice.ts'
import { totalsOf } from './register.ts'
import { take } from './state.ts'

/** Contacts of a set that are erased by one entry of the ledger. */
const batchSize = 500

const mostRefused = 5

/** Executes the erasure of a set, batch by batch; between them `proceed` is asked. */
export async function performSet(
  context: WorkContext,
  { id }: Erasure,
  proceed: () => Promise<boolean>,
): Promise<Performed> {
  await transact(context, 'beginErasure', async (tx) => {
    const set = await tx.erasure.findUniqueOrThrow({ where: { id } })
    await tx.erasure.update({ where: { id }, data: { state: take(set, 'begin'), fault: '' } })
    // Holds may have been lifted: those are looked at anew.
    await tx.erasureSubject.updateMany({
      where: { erasureId: id, heldSince: { not: null } },
      data: { heldSince: null },
    })
  })
  for (let refused = 0; ; ) {
    if (!(await proceed())) return 'stopped'
    const ready = await nextBatch(context, id)
    if (ready === 'none') break
    if (ready === 'held') continue
    // A hold that was placed at that very moment is found with the next batch.
    refused = (await execute(context, ready)) === 'held' ? refused + 1 : 0
    if (refused > mostRefused) throw new Error('holds stop each batch, and are not found before')
  }
  await closeUndone(context, { setId: id })
  return closeSet(context, id)
}

/** Takes the next contacts of a set that no hold stops. `held`: all of them are, or were left out. */
async function nextBatch(
  context: WorkContext,
  setId: string,
): Promise<(Ready & { erasureId: string }) | 'held' | 'none'> {
  const where = { erasureId: setId, heldSince: null }
  const next = { where, orderBy: { contactId: 'asc' as const }, take: batchSize }
  const ahead = (await context.database.erasureSubject.findMany(next)).map(({ contactId }) => contactId)
  const before = await context.database.erasure.findUniqueOrThrow({ where: { id: setId } })
  const asked = await askedAmong(context, before, ahead)
  return transact(context, 'beginErasureBatch', async (tx) => {
    const ids = (await tx.erasureSubject.findMany(next)).map(({ contactId }) => contactId)
    if (ids.length === 0) return 'none'
    await noteHolds(tx, context, setId, ids)
    const free = await tx.erasureSubject.findMany({ where: { ...where, contactId: { in: ids } } })
    const set = await tx.erasure.findUniqueOrThrow({ where: { id: setId } })
    if (set.state !== 'executing') return 'none'
    const requests =
      set.categories.length > 0
        ? []
        : await openRequests(
            tx,
            free.map(({ contactId }) => contactId),
          )
    // Asked for at this very moment: the next look knows what a law keeps of them.
    if (requests.some(({ contactId }) => !asked.has(contactId))) return 'held'
    const leftOut = await tellThose(tx, context, set, requests, asked)
    const contactIds = free.flatMap(({ contactId }) => (leftOut.has(contactId) ? [] : contactId))
    if (contactIds.length === 0) return 'held'
    const batch = await batchOf(tx, set, contactIds.length)
    return { erasureId: batch.id, ...readyFor(batch, contactIds, { id: setId, contacts: set.contacts }) }
  })
}

/**
 * Tells those who had asked to be erased, and notes that it is fulfilled. Who can't be told by mail leaves the set: their request stays, to
 * be answered by a letter. Returns these.
 */
async function tellThose(
  tx: Transaction,
  context: WorkContext,
  set: Erasure,
  requests: readonly SubjectRequest[],
  asked: ReadonlyMap<string, Asked>,
): Promise<ReadonlySet<string>> {
  const leftOut = new Set<string>()
  for (const request of requests) {
    const { contactId } = request
    const told = await tellPerson(tx, context, { ...set, toldHow: null }, request, asked.get(contactId)?.retained ?? [])
    if (told === null) leftOut.add(contactId)
  }
  if (leftOut.size > 0) {
    await tx.erasureSubject.deleteMany({ where: { erasureId: set.id, contactId: { in: [...leftOut] } } })
    context.log.warn(
      { erasureId: set.id, contacts: leftOut.size },
      'who asked to be erased and needs a letter was left out of a set',
    )
  }
  return leftOut
}

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
    const totals = await totalsOf(tx, id)
    const executedAt = totals.executedAt ?? new Date() // There may have been nobody left to erase.
    await tx.erasure.update({ where: { id }, data: { ...totals, executedAt, state: 'executed' } })
    await tx.erasureWork.deleteMany({ where: { id } })
    return 'done' as const
  })
