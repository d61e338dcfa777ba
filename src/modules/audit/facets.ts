import { Prisma } from '#prisma/client.ts'

// How the log is searched by what an entry is like, newest first, however many entries there are: an index (GIN) holds, for
// each entry, words such as `019a3aupdated`, of the days in which it was made and what it is like (audit_facets() in
// PostgreSQL). Of each few days it gives at once the entries that have all words.

/** Words of which an entry has one: `a` action, `k` kind of actor, `w` who, `o` operation, `e` entity, `f` field; each with its value. */
export type Facet = readonly string[]

/** The letter that stands before a value in the words of the index. */
export type FacetKind = 'a' | 'k' | 'w' | 'o' | 'e' | 'f'

/** An entry has one of these values. */
export const facet = (kind: FacetKind, ...values: readonly string[]): Facet => values.map((value) => kind + value)

/** The condition that an entry `e` was made in the days `d.days` and has all these facets. */
export function facetCondition(facets: readonly Facet[]): Prisma.Sql {
  const words = Prisma.sql`audit_facets(e.id, e.action, e.actor_kind, e.actor_id, e.operation, e.entity, e.fields)`
  return Prisma.join(
    facets.map(
      (one) => Prisma.sql`${words} && ARRAY[${Prisma.join(one.map((word) => Prisma.sql`d.days || ${word}`))}]`,
    ),
    ' AND ',
  )
}

/** The days that these two ids span, both included, in this order; 'too many' if the ids can't be those of entries. */
export function daysBetween(first: string, last: string): string[] | 'too many' {
  const [from, to] = [numberOf(first), numberOf(last)]
  const count = Math.abs(to - from) + 1
  if (count > mostDays) return 'too many'
  const step = to < from ? -1 : 1
  return Array.from({ length: count }, (_, index) => textOf(from + index * step))
}

/** The ids that were made in these days: from the first, up to but without the second. */
export const idsOfDays = (days: string): { from: string; until: string | undefined } => ({
  from: leastId(days),
  until: numberOf(days) < 0xfffff ? leastId(textOf(numberOf(days) + 1)) : undefined,
})

/** The days in which an id was made. */
export const daysOf = (id: string): string => id.slice(0, digits)

// 2^28 ms each: a hundred years. Ids that aren't UUIDv7 were made by somebody who went past the product.
const mostDays = 12_000
const digits = 5
const numberOf = (id: string) => Number.parseInt(id.slice(0, digits), 16)
const textOf = (days: number) => days.toString(16).padStart(digits, '0')
const leastId = (days: string) => `${days}000-0000-0000-0000-000000000000`
