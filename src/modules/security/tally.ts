import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'

/** How many rows fulfil a condition, and the first few of those that they are about. */
export type Tally = { count: number; ids: string[] }

/** How many of what a finding is about are named. */
export const mostNamed = 20

/**
 * Counts the rows that fulfil each condition, in one statement.
 *
 * @param from What follows `FROM`; it has a column `subject`, the id of what a row is about.
 */
export async function tally<Key extends string>(
  database: Pick<Database, '$queryRaw'>,
  from: Prisma.Sql,
  conditions: Readonly<Record<Key, Prisma.Sql>>,
): Promise<Record<Key, Tally>> {
  const parts = Object.entries<Prisma.Sql>(conditions).map(
    ([key, condition]) => Prisma.sql`
      ${key}::text, jsonb_build_object('count', count(*) FILTER (WHERE ${condition}), 'ids',
        coalesce(to_jsonb((array_agg(DISTINCT subject) FILTER (WHERE ${condition}))[1:${mostNamed}]), '[]'))`,
  )
  const [row] = await database.$queryRaw<{ tallies: Record<Key, Tally> }[]>`
    SELECT jsonb_build_object(${Prisma.join(parts)}) AS tallies FROM ${from}`
  if (!row) throw new Error('an aggregate has a row')
  return row.tallies
}

/** What there is of some findings: those that are about nothing are left out. */
export const found = <Found extends { count: number }>(...findings: readonly Found[]): Found[] =>
  findings.filter(({ count }) => count > 0)
