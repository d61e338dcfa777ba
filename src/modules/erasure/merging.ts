import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { Merging } from '../contacts/merging.ts'
import { approvalsNeeded } from './settings.ts'

/**
 * Whoever asked to be erased meant themself: when their contact is merged into another one, that one is to be erased, too, with what came
 * along; and no more, when the merge is taken back. Since it goes further than what was approved, people decide anew.
 */
export const erasureMerging: Merging = {
  async merged(tx, context, { targetId, sourceId }) {
    const subjects = await tx.erasureSubject.findMany({ where: { contactId: { in: [targetId, sourceId] } } })
    const known = new Set(subjects.flatMap((row) => (row.contactId === targetId ? row.erasureId : [])))
    const moving = subjects.filter(({ contactId, erasureId }) => contactId === sourceId && !known.has(erasureId))
    await tx.erasureSubject.deleteMany({ where: { contactId: sourceId } })
    await tx.erasureSubject.createMany({
      data: moving.map((row) => ({ ...row, contactId: targetId, movedFrom: sourceId })),
    })
    const ids = [...new Set(subjects.map(({ erasureId }) => erasureId))]
    await decideAnew(tx, context, ids, targetId)
  },
  async unmerged(tx, _context, { targetId, sourceId }) {
    const where = { contactId: targetId, movedFrom: sourceId }
    const moving = await tx.erasureSubject.findMany({ where })
    await tx.erasureSubject.deleteMany({ where })
    await tx.erasureSubject.createMany({
      data: moving.map((row) => ({ ...row, contactId: sourceId, movedFrom: null })),
    })
  },
}

/** Else whoever may merge could have anybody erased, by somebody whose erasure was approved. A set that is at it leaves them out. */
async function decideAnew(tx: Transaction, context: WorkContext, ids: readonly string[], contactId: string) {
  if (ids.length === 0) return
  const some = { id: { in: [...ids] } }
  const waiting = await tx.erasure.findMany({
    where: { ...some, state: { in: ['approved', 'queued', 'held', 'failed'] } },
  })
  const needed = approvalsNeeded(context) > 0
  const anew = needed ? { state: 'requested', approverIds: [], approvedAt: null } : { state: 'approved' }
  for (const { id, state } of waiting) {
    if (state !== anew.state) await tx.erasure.update({ where: { id }, data: anew })
    await tx.erasureWork.deleteMany({ where: { id } })
  }
  const begun = await tx.erasure.findMany({ where: { ...some, kind: 'set', state: 'executing' }, select: { id: true } })
  await tx.erasureSubject.deleteMany({ where: { contactId, erasureId: { in: begun.map(({ id }) => id) } } })
}
