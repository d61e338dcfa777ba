import { v7 as uuidv7 } from 'uuid'
import type { Merging } from '../contacts/merging.ts'
import { holdersKey, openTexts, sealTexts } from './texts.ts'

// Whoever two entries are takes part by the entry that stays. The other one is hidden with all that it has, so that a merge can be
// taken back.

/** What a merge means for appointments, and what it means to take it back. */
export const calendarMerging: Merging = {
  async merged(tx, { keys }, { targetId, sourceId }) {
    const own = await tx.appointmentParticipant.findMany({
      where: { contactId: targetId },
      select: { appointmentId: true },
    })
    const known = new Set(own.map(({ appointmentId }) => appointmentId))
    const parts = await tx.appointmentParticipant.findMany({ where: { contactId: sourceId }, orderBy: { id: 'asc' } })
    const missing = parts.filter(({ appointmentId }) => !known.has(appointmentId))
    if (missing.length === 0) return
    const [from, to] = [
      await holdersKey(keys, { contactId: sourceId }),
      await holdersKey(keys, { contactId: targetId }),
    ]
    const copies = missing.map((part) => {
      const holder = { contactId: targetId, id: uuidv7() }
      return { ...part, ...holder, ...sealTexts(to, holder, openTexts(from, part, part)), copiedFrom: part.id }
    })
    await tx.appointmentParticipant.createMany({ data: copies })
  },
  async unmerged(tx, _context, { targetId, sourceId }) {
    const sources = await tx.appointmentParticipant.findMany({ where: { contactId: sourceId }, select: { id: true } })
    const copiedFrom = { in: sources.map(({ id }) => id) }
    await tx.appointmentParticipant.deleteMany({ where: { contactId: targetId, copiedFrom } })
  },
}
