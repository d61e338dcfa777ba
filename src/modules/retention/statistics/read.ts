import type { Context } from '../../../graphql/context.ts'
import { isBound } from '../../contacts/sight.ts'

/** What happened in one month to the grounds of one kind. */
export type MonthOfGround = {
  /** Its first day. */
  month: Date
  /** Null: contacts as a whole. */
  purposeKey: string | null
  ground: string | null
  began: number
  ended: number
  erased: number
  /** How many hold at the end of the month. */
  standing: number
}

/**
 * Counts by month, purpose and ground, of the contacts that there are and of those who were erased, in one statement. None for those who
 * are bound to purposes, since it is about all contacts.
 *
 * @param months From the first to the last one, each as its first day.
 */
export async function readStatistics(
  context: Context,
  { from, to, purposeKey }: { from: Date; to: Date; purposeKey?: string | undefined },
): Promise<MonthOfGround[]> {
  if (isBound(context)) return []
  return context.database.$queryRaw<MonthOfGround[]>`
    WITH living AS (
      SELECT p.purpose_key, p.ground::text AS ground, p.valid_from AS began_at, p.valid_until AS ended_at
      FROM contact c JOIN lawful_basis_period p ON p.contact_id = c.contact_id
      WHERE c.merged_into_id IS NULL AND p.is_valid AND p.valid_from <= statement_timestamp()
      UNION ALL
      SELECT '', '', c.created_at, NULL FROM contact c WHERE c.merged_into_id IS NULL
    ), counted AS (
      SELECT date_trunc('month', l.began_at AT TIME ZONE 'UTC')::date AS month, purpose_key, ground,
        count(*) AS began, 0 AS ended, 0 AS erased
      FROM living l GROUP BY 1, 2, 3
      UNION ALL
      SELECT date_trunc('month', l.ended_at AT TIME ZONE 'UTC')::date, purpose_key, ground, 0, count(*), 0
      FROM living l WHERE l.ended_at <= statement_timestamp() GROUP BY 1, 2, 3
      UNION ALL
      SELECT month, purpose_key, ground, began, ended, erased FROM contact_statistic
    ), monthly AS (
      SELECT month, purpose_key, ground, sum(began)::int AS began, sum(ended)::int AS ended, sum(erased)::int AS erased
      FROM counted WHERE ${purposeKey ?? null}::text IS NULL OR purpose_key = ${purposeKey ?? null}::text GROUP BY 1, 2, 3
    ), running AS (
      SELECT *, sum(began - ended - erased) OVER (PARTITION BY purpose_key, ground ORDER BY month)::int AS standing FROM monthly
    )
    SELECT month, nullif(purpose_key, '') AS "purposeKey", nullif(ground, '') AS ground, began, ended, erased, standing
    FROM running WHERE month BETWEEN ${from}::date AND ${to}::date
    ORDER BY month, purpose_key, ground`
}
