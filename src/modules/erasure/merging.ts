import type { Merging } from '../contacts/merging.ts'

/**
 * Whoever asked to be erased meant themself: when their contact is merged into another one, that one is to be erased, too, with what came
 * along; and no more, when the merge is taken back.
 */
export const erasureMerging: Merging = {
  async merged(tx, _context, { targetId, sourceId }) {
    const there = await tx.erasureSubject.findMany({ where: { contactId: targetId } })
    const known = new Set(there.map(({ erasureId }) => erasureId))
    const moving = (await tx.erasureSubject.findMany({ where: { contactId: sourceId } })).filter(
      ({ erasureId }) => !known.has(erasureId),
    )
    await tx.erasureSubject.deleteMany({ where: { contactId: sourceId } })
    await tx.erasureSubject.createMany({
      data: moving.map((row) => ({ ...row, contactId: targetId, movedFrom: sourceId })),
    })
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
