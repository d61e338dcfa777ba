import { Prisma } from '#prisma/client.ts'
import type { Restriction } from '../../lawfulness/law/restriction.ts'

/** Contacts that a rule restricts until their period is over (Art. 18 GDPR, § 35(3) BDSG). */
export const ruledRestriction: Restriction = {
  answeredBy: 'requests.decide',
  inForce: Prisma.sql`SELECT n.contact_id, n.since FROM retention_restriction n WHERE n.ended_at IS NULL`,
  async of(tx, contactIds) {
    const where = { contactId: { in: [...contactIds] } }
    const rows = await tx.retentionRestriction.findMany({ where, orderBy: { since: 'asc' } })
    return Map.groupBy(
      rows.map(({ contactId, since: from, endedAt: until }) => ({ contactId, from, until })),
      ({ contactId }) => contactId,
    )
  },
}

/** What restrictions that staff places have in the place of a rule: no rule lifts them. */
export const byHand = 'by-hand'
