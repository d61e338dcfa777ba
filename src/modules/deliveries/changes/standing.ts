import { Prisma } from '#prisma/client.ts'
import { rowsByOnePlan } from '../../../database/rows-in.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { hasBasis } from '../../contacts/sight.ts'

/** That a contact may be processed for a purpose: since when, and until when. */
export type Standing = { valid: true; since: Date | null; until: Date | null }

type Row = Standing & { contactId: string; purpose: string }

/**
 * How these contacts stand, at this point of a transaction, with each of these purposes: on any ground, by the same condition that
 * lists and reports go by; or, since nothing happens any more when it comes, with what holds later. One statement.
 */
export async function standingOf(
  tx: Pick<Transaction, '$rows' | '$later'>,
  context: Pick<WorkContext, 'bases'>,
  contactIds: readonly string[],
  purposes: readonly string[],
): Promise<(contactId: string, purpose: string) => Standing | undefined> {
  const parts = purposes.map((purpose) => {
    const periods = Prisma.sql`
      FROM lawful_basis_period b WHERE b.contact_id = c.contact_id AND b.purpose_key = ${purpose} AND b.is_valid`
    return Prisma.sql`
      SELECT c.contact_id AS "contactId", ${purpose}::text AS purpose, true AS valid,
        CASE WHEN holds THEN current.since ELSE ahead.valid_from END AS since,
        CASE WHEN holds THEN current.until ELSE ahead.valid_until END AS until
      FROM contact c CROSS JOIN LATERAL (SELECT ${hasBasis(context, [purpose], undefined, true)} AS holds) now
      CROSS JOIN LATERAL (
        SELECT min(b.valid_from) AS since, CASE WHEN NOT bool_or(b.valid_until IS NULL) THEN max(b.valid_until) END AS until
        ${periods} AND b.valid_from <= statement_timestamp() AND (b.valid_until IS NULL OR b.valid_until > statement_timestamp())
      ) current LEFT JOIN LATERAL (
        SELECT b.valid_from, b.valid_until ${periods} AND b.valid_from > statement_timestamp() ORDER BY b.valid_from LIMIT 1
      ) ahead ON true
      WHERE c.contact_id = ANY(${contactIds}::uuid[]) AND (holds OR ahead.valid_from IS NOT NULL)`
  })
  const rows = await rowsByOnePlan<Row>(tx, Prisma.join(parts, ' UNION ALL '))
  const found = new Map(rows.map(({ contactId, purpose, ...standing }) => [`${contactId} ${purpose}`, standing]))
  return (contactId, purpose) => found.get(`${contactId} ${purpose}`)
}
