import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { isBound } from '../contacts/sight.ts'
import { all, type Dimension, dimensions, dimensionsOf, type Event, type Subject } from './cells.ts'
import { dayOf } from './months.ts'
import { margin, rounded } from './noise.ts'
import { partsOf } from './parts.ts'

/** By what an answer is told apart. */
const periods = ['month', 'quarter', 'year'] as const
export const bys = [...periods, ...dimensions] as const satisfies readonly (Dimension | (typeof periods)[number])[]
export type By = (typeof bys)[number]

/** What is asked for. Events are told apart always: a sum of what began and what ended would say nothing. */
export type Question = {
  subject: Subject
  by: readonly By[]
  /** The first and the last month, each as its first day. */
  from: Date
  until: Date
  purposeKey?: string | undefined
}

/** A number of an answer. What it isn't told apart by is null. */
export type Cell = { event: Event; period: Date | null } & Record<Dimension, string | null> & {
    /** Null: suppressed. */
    count: number | null
    margin: number
  }

const mostCells = 10_000

/**
 * Numbers that are shown, and sums of them, in one statement: a period that isn't over, or months that are no calendar span, are put together
 * from the longest spans in them that are, and suppressed if one of these is. What stands is that at the end of each
 * period. None for those who are bound to purposes: they know some contacts one by one, and the numbers are about all.
 */
export async function readStatistics(context: Context, { subject, by, ...asked }: Question): Promise<Cell[]> {
  const last = await lastReleased(context)
  if (isBound(context) || !last) return []
  const span = periods.find((one) => by.includes(one))
  const parts = partsOf(asked, span, last)
  const own = dimensionsOf[subject].map((dimension) => ({
    column: Prisma.raw(dimension === 'purposeKey' ? 'purpose_key' : dimension),
    name: Prisma.raw(`"${dimension}"`),
    asked: by.includes(dimension),
    only: dimension === 'purposeKey' ? asked.purposeKey : undefined,
  }))
  const groups = [Prisma.raw('p.label'), Prisma.raw('n.event'), ...own.flatMap((d) => (d.asked ? [d.column] : []))]
  const columns = own.flatMap((d) => (d.asked ? [Prisma.sql`, nullif(${d.column}, '') AS ${d.name}`] : []))
  const conditions = own.map(({ column, asked: isAsked, only }) =>
    only === undefined && isAsked ? Prisma.sql`AND ${column} <> ${all}` : Prisma.sql`AND ${column} = ${only ?? all}`,
  )
  const numberOf = Prisma.sql`n.subject = ${subject} AND n.span = p.span AND n.period = p.period AND (n.event = 'standing') = p.is_end`
  // Of spans that began before contacts were told apart there are totals alone: without its part of these, a sum would be too small.
  const rows = await context.database.$queryRaw<Row[]>`
    WITH p (span, period, label, is_end) AS MATERIALIZED (
      SELECT * FROM unnest(${parts.map(({ span }) => span)}::text[], ${parts.map(({ period }) => dayOf(period))}::date[],
        ${parts.map(({ label }) => label && dayOf(label))}::date[], ${parts.map(({ isEnd }) => isEnd)}::boolean[])
    ), total (label, event, parts) AS (
      SELECT p.label, n.event, count(*) FROM p JOIN statistic_number n ON ${numberOf} AND n.language = ${all} GROUP BY p.label, n.event
    )
    SELECT p.label AS period, n.event${Prisma.join([Prisma.empty, ...columns], '')},
      CASE WHEN bool_and(n.value IS NOT NULL) AND count(*) >= coalesce(max(t.parts), 0) THEN sum(n.value)::int END AS value,
      sum(n.draws)::int AS draws
    FROM p JOIN statistic_number n ON ${numberOf}
    LEFT JOIN total t ON t.event = n.event AND t.label IS NOT DISTINCT FROM p.label
    WHERE true ${Prisma.join(conditions.length > 0 ? conditions : [Prisma.empty], ' ')}
    GROUP BY ${Prisma.join(groups)} ORDER BY ${Prisma.join(groups)} LIMIT ${mostCells + 1}`
  if (rows.length > mostCells) {
    throw new LetheError(
      'LIMIT_EXCEEDED',
      `These are more than ${mostCells} numbers. Ask for fewer months, or one purpose.`,
    )
  }
  return rows.map(({ value, draws, ...row }) => ({
    ...{ purposeKey: null, ground: null, channel: null, kind: null, language: null, ...row },
    ...{ count: value === null ? null : rounded(value), margin: margin(draws) },
  }))
}

type Row = { event: Event; period: Date | null; value: number | null; draws: number } & Partial<
  Record<Dimension, string>
>

/** The last month that has numbers; null: none has. */
export async function lastReleased({ database }: Pick<Context, 'database'>): Promise<Date | null> {
  const where = { subject: 'contacts', span: 'month' }
  return (await database.statisticNumber.aggregate({ where, _max: { period: true } }))._max.period
}
