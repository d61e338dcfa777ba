import { Prisma } from '#prisma/client.ts'
import type { Restriction } from '../lawfulness/law/restriction.ts'

/** A request for restriction that was granted restricts, from then on until it is lifted (Art. 18(1), (3) GDPR). */
export const requestedRestriction: Restriction = {
  answeredBy: 'requests.decide',
  inForce: Prisma.sql`SELECT s.contact_id, s.decided_at AS since FROM subject_request s
    WHERE s.kind = 'restriction' AND s.status = 'fulfilled' AND (s.lifted_at IS NULL OR s.lifted_at > statement_timestamp())`,
  async of(tx, contactIds) {
    const where = { contactId: { in: [...contactIds] }, kind: 'restriction', status: 'fulfilled' }
    const select = { contactId: true, decidedAt: true, liftedAt: true }
    const granted = await tx.subjectRequest.findMany({ where, select, orderBy: { decidedAt: 'asc' } })
    return Map.groupBy(
      granted.flatMap(({ contactId, decidedAt, liftedAt }) =>
        decidedAt ? [{ contactId, from: decidedAt, until: liftedAt }] : [],
      ),
      ({ contactId }) => contactId,
    )
  },
}
