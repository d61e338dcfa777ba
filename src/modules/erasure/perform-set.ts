import { v7 as uuidv7 } from 'uuid'
import type { Erasure } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { closeUndone, execute, noteHolds, type Performed, type Ready, readyFor } from './execution.ts'
import { addOutcomes, addRetained, outcomeOf, retainedOf } from './register.ts'
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
    return { erasureId: batch.id, ...readyFor(batch, contactIds, { id: setId, contacts: set.contacts }) }
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
