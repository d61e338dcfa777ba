import { Prisma } from '#prisma/client.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import type { SourceColumn, SqlColumn } from '../sources/source.ts'

/** How many groups a report may come to. */
export const mostGroups = 10_000

/** What days and moments are put together by; of moments, as the clock of a time zone has them. */
const spans = ['day', 'month', 'year'] as const
type Span = (typeof spans)[number]
type Wall = (moment: Date) => Date

/** What rows are put together by. */
export type Grouping<Column extends SourceColumn = SourceColumn> = {
  /** `purpose`, `occurredAt:month`. */
  key: string
  column: Column
  every: Span | undefined
  sql: Prisma.Sql
}

/** The key of the column, and what it is put together by. */
export function partsOf(key: string): { column: string; every: string | undefined } {
  const [, column = key, every] = /^(.*):(\w+)$/.exec(key) ?? []
  return { column, every }
}

/** Puts rows together by a column of the database. Days and moments: by day, unless it is said. Throws INVALID_INPUT. */
export function grouping<Column extends SourceColumn>(key: string, column: Column): Grouping<Column> {
  const { every: said } = partsOf(key)
  const timely = column.type === 'date' || column.type === 'time'
  const every = spans.find((span) => span === (said ?? (timely ? 'day' : undefined)))
  const wrong = (message: string) => invalidInput([{ field: 'definition.groupBy', message }])
  if (!column.groupable || column.sealed) throw wrong(`Nothing can be put together by "${column.key}".`)
  if (said !== undefined && !(every && timely)) {
    throw wrong(`"${key}": days and moments are put together by ${spans.map((span) => `":${span}"`).join(', ')}.`)
  }
  return { key, column, every, sql: Prisma.sql`` }
}

/** The same, as SQL: the first day of what it is put together by. */
export function sqlGrouping(key: string, column: SqlColumn, timeZone: string): Grouping<SqlColumn> {
  const by = grouping(key, column)
  return { ...by, sql: by.every ? Prisma.sql`date_trunc(${by.every}, ${clockOf(column, timeZone)})::date` : column.sql }
}

/** What calendar and clock say, without a time zone. */
function clockOf({ sql, type, json }: SqlColumn, timeZone: string): Prisma.Sql {
  const value = json ? Prisma.sql`(${sql} #>> '{}')` : sql
  if (type === 'date') return Prisma.sql`((${value})::date)::timestamp`
  return Prisma.sql`((${value})::timestamptz AT TIME ZONE ${timeZone})`
}

/** The first day of what a day or a moment is put together by. `wall`: what the clock says of a moment, as if that were UTC. */
export function truncated(cell: Date, { every, column }: Pick<Grouping, 'every' | 'column'>, wall: Wall): Date {
  if (!every) return cell
  const text = (column.type === 'time' ? wall(cell) : cell).toISOString()
  if (every === 'year') return new Date(`${text.slice(0, 4)}-01-01`)
  return new Date(every === 'month' ? `${text.slice(0, 7)}-01` : text.slice(0, 10))
}
