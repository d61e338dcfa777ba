import { Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { hasBasis } from '../../contacts/sight.ts'

/** Whether a contact may be processed for a purpose, and since when and until when. */
export type Standing = { valid: boolean; since: Date | null; until: Date | null }

type Row = Standing & { contactId: string; purpose: string }

const none: Standing = { valid: false, since: null, until: null }

/**
 * How these contacts stand, at this point of a transaction, with each of these purposes: on any ground, by the same condition that
 * lists and reports go by. One statement.
 */
export async function standingOf(
  tx: Pick<Transaction, '$queryRaw'>,
  context: Pick<WorkContext, 'bases'>,
  contactIds: readonly string[],
  purposes: readonly string[],
): Promise<(contactId: string, purpose: string) => Standing> {
  const parts = purposes.map(
    (purpose) => Prisma.sql`
      SELECT c.contact_id AS "contactId", ${purpose}::text AS purpose, true AS valid, p.since, p.until
      FROM contact c CROSS JOIN LATERAL (
        SELECT min(b.valid_from) AS since,
          CASE WHEN bool_or(b.valid_until IS NULL) THEN NULL ELSE max(b.valid_until) END AS until
        FROM lawful_basis_period b
        WHERE b.contact_id = c.contact_id AND b.purpose_key = ${purpose} AND b.is_valid AND b.valid_from <= now()
          AND (b.valid_until IS NULL OR b.valid_until > now())) p
      WHERE c.contact_id = ANY(${contactIds}::uuid[]) AND ${hasBasis(context, [purpose])}`,
  )
  const rows = await tx.$queryRaw<Row[]>(Prisma.join(parts, ' UNION ALL '))
  const found = new Map(rows.map(({ contactId, purpose, ...standing }) => [`${contactId} ${purpose}`, standing]))
  return (contactId, purpose) => found.get(`${contactId} ${purpose}`) ?? none
}
