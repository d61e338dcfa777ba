import type { Transaction } from '../../../database/transact.ts'

/**
 * Counts, by purpose, ground and month, what the contacts' grounds were, before they are erased in the same transaction; so statistics
 * stay as they were. Numbers alone are kept.
 *
 * @param at When they are erased: of an erasure that is done again, when it was first.
 */
export async function keepStatistics(tx: Transaction, contactIds: readonly string[], at = new Date()): Promise<void> {
  if (contactIds.length === 0) return
  await tx.$executeRaw`
    INSERT INTO contact_statistic AS s (month, purpose_key, ground, began, ended, erased)
    SELECT k.month, k.purpose_key, k.ground, sum(k.began), sum(k.ended), sum(k.erased) FROM (
      SELECT c.contact_id, p.purpose_key, p.ground::text AS ground, p.valid_from AS began_at, p.valid_until AS ended_at
      FROM contact c JOIN lawful_basis_period p ON p.contact_id = c.contact_id
      WHERE c.contact_id = ANY(${contactIds}::uuid[]) AND c.merged_into_id IS NULL AND p.is_valid AND p.valid_from <= ${at}
      UNION ALL
      SELECT c.contact_id, '', '', c.created_at, NULL FROM contact c
      WHERE c.contact_id = ANY(${contactIds}::uuid[]) AND c.merged_into_id IS NULL
    ) g CROSS JOIN LATERAL (VALUES
      (date_trunc('month', g.began_at AT TIME ZONE 'UTC')::date, g.purpose_key, g.ground, 1, 0, 0),
      (date_trunc('month', least(coalesce(g.ended_at, ${at}), ${at}) AT TIME ZONE 'UTC')::date, g.purpose_key, g.ground,
        0, (g.ended_at <= ${at})::int, (g.ended_at IS NULL OR g.ended_at > ${at})::int)
    ) k (month, purpose_key, ground, began, ended, erased)
    GROUP BY k.month, k.purpose_key, k.ground
    ON CONFLICT (month, purpose_key, ground) DO UPDATE
    SET began = s.began + excluded.began, ended = s.ended + excluded.ended, erased = s.erased + excluded.erased`
}
