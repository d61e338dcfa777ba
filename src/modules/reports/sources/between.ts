import { Prisma } from '#prisma/client.ts'
import type { Parameter } from '../definition/parameters.ts'
import type { Asked } from './source.ts'

/** From which day on. */
export const since: Parameter = { key: 'from', name: { de: 'Von', en: 'From' }, type: 'date', default: null }

/** Until which day, that day included. */
export const until: Parameter = {
  key: 'until',
  name: { de: 'Bis einschließlich', en: 'Until, inclusive' },
  type: 'date',
  default: null,
}

/** That a moment is within these days, as the clock of the report's time zone has them. */
export const within = (
  moment: Prisma.Sql,
  { parameters: { from, until: last }, timeZone }: Pick<Asked, 'parameters' | 'timeZone'>,
): Prisma.Sql[] => [
  ...(from === undefined ? [] : [Prisma.sql`${moment} >= (${from}::date)::timestamp AT TIME ZONE ${timeZone}`]),
  ...(last === undefined ? [] : [Prisma.sql`${moment} < (${last}::date + 1)::timestamp AT TIME ZONE ${timeZone}`]),
]
