import type { AccessPackage } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { Merging } from '../contacts/merging.ts'
import { erased } from './packages.ts'

// A package that is made already stays what it is: data of the same person, at the entry that it was made of.

/** What a merge means for packages, and what it means to take it back. */
export const packageMerging: Merging = {
  /** What is still to be made is made of the contact that stays, with all that was merged into it. */
  async merged(tx, _context, { targetId, sourceId }) {
    const there = await queuedFor(tx, targetId)
    for (const order of await queuedFor(tx, sourceId)) {
      // Of two of a kind one is made: the one that answers a request.
      const same = there.find(({ kind }) => kind === order.kind)
      if (same && (!order.requestId || same.requestId)) await cancel(tx, order)
      else {
        if (same) await cancel(tx, same)
        await moveTo(tx, order, targetId)
      }
    }
  },
  /** They are two persons: what was made of both is handed out to neither, and what is being made begins anew. */
  async unmerged(tx, _context, { targetId: contactId, sourceId }) {
    const merge = await tx.contactMerge.findFirst({ where: { contactId, sourceId }, orderBy: { mergedAt: 'desc' } })
    const made = {
      contactId,
      state: { in: ['ready', 'delivered'] },
      snapshotAt: { gte: merge?.mergedAt ?? new Date(0) },
    }
    await tx.accessPackage.updateMany({ where: made, data: erased })
    for (const order of await queuedFor(tx, contactId)) {
      const where = { contactId: sourceId, id: order.requestId ?? '' }
      const wentBack = order.requestId && (await tx.subjectRequest.count({ where })) > 0
      await moveTo(tx, order, wentBack ? sourceId : contactId)
    }
  },
}

const queuedFor = (tx: Transaction, contactId: string) =>
  tx.accessPackage.findMany({ where: { contactId, state: 'queued' }, orderBy: { id: 'asc' } })

async function cancel(tx: Transaction, { contactId, id }: AccessPackage) {
  await tx.accessPackageWork.deleteMany({ where: { contactId, id } })
  await tx.accessPackage.update({ where: { contactId_id: { contactId, id } }, data: erased })
}

/** Has it made of a contact, from the beginning: who is at it has lost it. */
async function moveTo(tx: Transaction, order: AccessPackage, contactId: string) {
  const own = { contactId: order.contactId, id: order.id }
  const work = await tx.accessPackageWork.findUnique({ where: { contactId_id: own } })
  await tx.accessPackageWork.deleteMany({ where: own })
  if (order.contactId !== contactId) {
    await tx.accessPackage.delete({ where: { contactId_id: own } })
    await tx.accessPackage.create({ data: { ...order, contactId } })
  }
  const attempts = (work?.attempts ?? 0) + 1
  await tx.accessPackageWork.create({ data: { contactId, id: order.id, attempts, dueAt: new Date(0) } })
}
