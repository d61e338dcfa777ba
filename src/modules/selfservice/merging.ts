import { v7 as uuidv7 } from 'uuid'
import type { ContactPoint, CorrectionProposal } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { pointKey } from '../contacts/check-points.ts'
import type { Merging } from '../contacts/merging.ts'
import { voidLinks } from './access/links.ts'
import { endVisitsOf } from './access/sessions.ts'
import type { Change } from './corrections/change.ts'
import { changeIn, sealChange } from './corrections/propose.ts'
import { contactKey } from './seal.ts'

// Two contacts that are one person have one page: who visits it goes on, links and codes lead to the one that is left, and what waits
// to be decided waits there.

const waiting = { in: ['open', 'unconfirmed'] }

/** What a merge means for the page of a contact, and what it means to take it back. */
export const selfServiceMerging: Merging = {
  async merged(tx, context, { targetId, sourceId }) {
    const now = new Date()
    const live = { contactId: sourceId, expiresAt: { gt: now } }
    const sessions = await tx.selfServiceSession.findMany({ where: { ...live, endedAt: null } })
    const links = await tx.selfServiceLink.findMany({ where: { ...live, usedAt: null } })
    const proposals = await tx.correctionProposal.findMany({ where: { contactId: sourceId, state: waiting } })
    // By the same token and id, so that they are found again.
    await tx.selfServiceSession.createMany({ data: sessions.map((one) => ({ ...one, contactId: targetId })) })
    await tx.selfServiceLink.createMany({ data: links.map((one) => ({ ...one, contactId: targetId })) })
    if (proposals.length === 0) return
    await tx.correctionProposal.createMany({ data: await copiesOf(tx, context, proposals, targetId) })
    await tx.correctionProposal.updateMany({
      where: { contactId: sourceId, id: { in: proposals.map(({ id }) => id) } },
      data: { state: 'replaced', decidedAt: now },
    })
  },
  async unmerged(tx, _context, { targetId, sourceId }) {
    await takeBackVisits(tx, targetId, sourceId)
    // Who came while the two were one may be either of them.
    await endVisitsOf(tx, targetId)
    await voidLinks(tx, targetId)
    const known = await tx.correctionProposal.findMany({ where: { contactId: sourceId }, select: { id: true } })
    const copies = await tx.correctionProposal.findMany({
      where: { contactId: targetId, state: waiting, copiedFrom: { in: known.map(({ id }) => id) } },
    })
    for (const { id, state, copiedFrom } of copies) {
      await tx.correctionProposal.delete({ where: { contactId_id: { contactId: targetId, id } } })
      const original = { contactId: sourceId, id: copiedFrom ?? '' }
      await tx.correctionProposal.update({ where: { contactId_id: original }, data: { state, decidedAt: null } })
    }
  },
}

/** What the source had goes on there as it is now: what was used up or ended meanwhile stays so. */
async function takeBackVisits(tx: Transaction, targetId: string, sourceId: string) {
  const sessions = await tx.selfServiceSession.findMany({ where: { contactId: sourceId }, select: { id: true } })
  const links = await tx.selfServiceLink.findMany({ where: { contactId: sourceId }, select: { id: true } })
  const own = (rows: { id: string }[]) => ({ contactId: targetId, id: { in: rows.map(({ id }) => id) } })
  for (const { id, endedAt } of await tx.selfServiceSession.findMany({ where: own(sessions) })) {
    if (endedAt) {
      const where = { contactId_id: { contactId: sourceId, id } }
      await tx.selfServiceSession.update({ where, data: { endedAt } })
    }
  }
  for (const { id, usedAt } of await tx.selfServiceLink.findMany({ where: { ...own(links), usedAt: { not: null } } })) {
    await tx.selfServiceLink.update({ where: { contactId_id: { contactId: sourceId, id } }, data: { usedAt } })
  }
  const now = new Date()
  const withdrawn = await tx.selfServiceLink.findMany({ where: { ...own(links), expiresAt: { lte: now } } })
  await tx.selfServiceLink.updateMany({
    where: { contactId: sourceId, id: { in: withdrawn.map(({ id }) => id) }, expiresAt: { gt: now } },
    data: { expiresAt: now },
  })
  await tx.selfServiceSession.deleteMany({ where: own(sessions) })
  await tx.selfServiceLink.deleteMany({ where: own(links) })
}

async function copiesOf(
  tx: Transaction,
  { keys }: Pick<WorkContext, 'keys'>,
  proposals: readonly CorrectionProposal[],
  targetId: string,
): Promise<CorrectionProposal[]> {
  const [key, sourceKey] = [await contactKey(keys, targetId), await contactKey(keys, proposals[0]?.contactId ?? '')]
  const [points, before] = [
    await tx.contactPoint.findMany({ where: { contactId: targetId } }),
    await tx.contactPoint.findMany({ where: { contactId: proposals[0]?.contactId ?? '' } }),
  ]
  return proposals.map((one) => {
    const own = { contactId: targetId, id: uuidv7() }
    const change = inTarget(changeIn(sourceKey, one), before, points)
    return { ...one, ...own, copiedFrom: one.id, change: sealChange(key, own, change) }
  })
}

/** The merge has given the target what it lacked: what was said of one of the source's ways to be reached is said of that. */
function inTarget(change: Change, before: readonly ContactPoint[], points: readonly ContactPoint[]): Change {
  if (change.of !== 'point' || change.id === undefined) return change
  const meant = before.find(({ id }) => id === change.id)
  const same = meant && points.find((point) => pointKey(point) === pointKey(meant))
  return same ? { ...change, id: same.id } : change
}
