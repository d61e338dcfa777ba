import type { WithdrawErasures } from '../retention/request-erasure.ts'

/**
 * Calls off what rules of retention asked to be erased, where it hasn't begun; a set leaves them out. What a person, or somebody for
 * them, asked for stays.
 */
export const withdrawErasures: WithdrawErasures = async (tx, contactIds) => {
  const found = await tx.$queryRaw<{ contactId: string; erasureId: string; kind: string }[]>`
    SELECT s.contact_id AS "contactId", e.id AS "erasureId", e.kind FROM erasure_subject s JOIN erasure e ON e.id = s.erasure_id
    WHERE s.contact_id = ANY(${[...contactIds]}::uuid[]) AND e.categories = '{}' AND e.request_id IS NULL
      AND (e.state IN ('requested', 'approved', 'queued', 'held', 'failed') OR e.kind = 'set' AND e.state = 'executing')
      AND EXISTS (SELECT FROM erasure_proposal p WHERE p.contact_id = s.contact_id AND p.erasure_id = e.id)`
  for (const { contactId, erasureId, kind } of found) {
    if (kind === 'set') await tx.erasureSubject.deleteMany({ where: { contactId, erasureId } })
    else {
      await tx.erasureWork.deleteMany({ where: { id: erasureId } })
      const data = { state: 'cancelled', decidedAt: new Date() }
      await tx.erasure.update({ where: { id: erasureId }, data })
    }
  }
}
