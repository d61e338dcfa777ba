import { Prisma } from '#prisma/client.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { badCursor, invalidInput, LetheError } from '../../graphql/errors.ts'
import { longestAppointment } from './check.ts'
import { type AppointmentFilter, filterConditions, windowConditions } from './list.ts'
import { readAppointments, type SeenAppointment } from './read.ts'
import { type Occurrence, occurrences } from './recurrence.ts'

/** An appointment at one of its times. */
export type SeenOccurrence = Occurrence & { appointment: SeenAppointment }

/** How long a window may be, in days, and how much that recurs may be in it. */
const longestWindow = 400
const mostSeries = 500

type Place = { at: number; id: string; begin: string }

/**
 * A page of what takes place in a window, in the order of time: each time of a series by itself, instances that differ as they
 * are. Three statements, whatever is found; a series costs what is taken of it, however often it recurs.
 */
export async function listOccurrences(
  context: Context,
  filter: AppointmentFilter,
  { from, to }: { from: Date; to: Date },
  { first, after }: { first?: number | null | undefined; after?: string | null | undefined },
) {
  checkWindow(from, to)
  if ((first ?? 0) < 0) throw invalidInput([{ field: 'first', message: 'Must not be negative.' }])
  const size = Math.min(first ?? pageSize.default, pageSize.maximum)
  const place = after ? readPlace(after) : undefined
  const conditions = [...filterConditions(context, filter), ...windowConditions({ from, to })]
  const recurring = Prisma.sql`(a.rule <> '' OR a.dates <> '{}')`
  const [series, single] = await Promise.all([
    readAppointments(context, { conditions: [...conditions, recurring], limit: mostSeries + 1 }),
    readAppointments(context, {
      conditions: [
        ...conditions,
        Prisma.sql`NOT ${recurring}`,
        // None takes longer than a year.
        Prisma.sql`a.begins_at >= ${new Date(from.getTime() - longestAppointment).toISOString()}::timestamptz`,
        ...(place
          ? [Prisma.sql`(a.begins_at, a.id) > (${new Date(place.at).toISOString()}::timestamptz, ${place.id}::uuid)`]
          : []),
      ],
      orderBy: Prisma.sql`a.begins_at, a.id`,
      limit: size + 1,
    }),
  ])
  if (series.length > mostSeries) {
    throw new LetheError(
      'LIMIT_EXCEEDED',
      `More than ${mostSeries} series recur in this window: ask for fewer with a filter, such as of one contact.`,
    )
  }
  const differing = await instancesOf(context, series)
  const sources = [...series, ...single].map((appointment) =>
    timesOf(appointment, { from, to }, differing.get(appointment.id)),
  )
  const found = take(sources, place, size + 1)
  const edges = found.slice(0, size).map((node) => ({ cursor: writePlace(node), node }))
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  const pageInfo = { hasNextPage: found.length > size, hasPreviousPage: place !== undefined, startCursor, endCursor }
  return { edges, pageInfo }
}

/** Refuses windows that are none, or too long. */
export function checkWindow(from: Date, to: Date): void {
  if (to <= from) throw invalidInput([{ field: 'to', message: 'Must lie after `from`.' }])
  if (to.getTime() - from.getTime() > longestWindow * 24 * 3_600_000) {
    throw invalidInput([{ field: 'to', message: `A window has at most ${longestWindow} days.` }])
  }
  if (from.getUTCFullYear() < 1900 || to.getUTCFullYear() > 2499) {
    throw invalidInput([{ field: 'from', message: 'A window lies in the years from 1900 to 2499.' }])
  }
}

/** When the instances that differ would begin by their series. Whether the caller sees them or not: they don't take place then. */
export async function instancesOf(context: Context, series: readonly { id: string }[]) {
  const ids = series.map(({ id }) => id)
  const rows =
    ids.length > 0
      ? await context.database.appointment.findMany({
          where: { seriesId: { in: ids } },
          select: { seriesId: true, recurrenceId: true },
        })
      : []
  const byId = Map.groupBy(rows, ({ seriesId }) => seriesId ?? '')
  return new Map([...byId].map(([id, found]) => [id, new Set(found.map(({ recurrenceId }) => recurrenceId))]))
}

function* timesOf(appointment: SeenAppointment, window: { from: Date; to: Date }, skip?: ReadonlySet<string>) {
  for (const one of occurrences(appointment, window, skip)) yield { ...one, appointment }
}

/** The next so many of several sources that are each in order: of each no more is taken than is needed. */
function take(sources: Generator<SeenOccurrence>[], place: Place | undefined, count: number): SeenOccurrence[] {
  const heads = sources.flatMap((source) => headOf(source, place))
  const found: SeenOccurrence[] = []
  while (found.length < count && heads.length > 0) {
    let best = 0
    for (let index = 1; index < heads.length; index++) {
      const [one, other] = [heads[index], heads[best]]
      if (one && other && compare(placeOf(one.value), placeOf(other.value)) < 0) best = index
    }
    const head = heads[best]
    if (!head) break
    found.push(head.value)
    const next = head.source.next()
    if (next.done) heads.splice(best, 1)
    else head.value = next.value
  }
  return found
}

function headOf(source: Generator<SeenOccurrence>, place: Place | undefined) {
  for (let next = source.next(); !next.done; next = source.next()) {
    if (!place || compare(placeOf(next.value), place) > 0) return [{ source, value: next.value }]
  }
  return []
}

const placeOf = ({ beginsAt, appointment, begin }: SeenOccurrence): Place => ({
  at: beginsAt.getTime(),
  id: appointment.id,
  begin,
})

function compare(one: Place, other: Place): number {
  if (one.at !== other.at) return one.at - other.at
  if (one.id !== other.id) return one.id < other.id ? -1 : 1
  return one.begin < other.begin ? -1 : one.begin > other.begin ? 1 : 0
}

const writePlace = (node: SeenOccurrence) => {
  const { at, id, begin } = placeOf(node)
  return Buffer.from(JSON.stringify(['occurrence', at, id, begin])).toString('base64url')
}

function readPlace(cursor: string): Place {
  const [, at, id, begin] =
    /^\["occurrence",(-?\d{1,15}),"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})","([\dT:-]{10,19})"\]$/.exec(
      Buffer.from(cursor, 'base64url').toString(),
    ) ?? []
  if (at === undefined || id === undefined || begin === undefined) throw badCursor()
  return { at: Number(at), id, begin }
}
