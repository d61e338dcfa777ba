import { Prisma } from '#prisma/client.ts'
import type { PagePlan } from '../../database/keyset.ts'
import type { Context } from '../../graphql/context.ts'
import { isBound, seenContacts } from '../contacts/sight.ts'
import type { EntryRow } from './entries.ts'
import { daysBetween, daysOf, type Facet, facetCondition, idsOfDays } from './facets.ts'
import { aboutContacts, aboutOthers, type EntryTable, newest } from './tables.ts'

/** Which entries of the log, as conditions on `e` in columns that both tables have. */
export type Selection = {
  /** On the id alone. */
  range: readonly Prisma.Sql[]
  conditions: readonly Prisma.Sql[]
  /** What follows from the conditions and can be looked up. */
  facets: readonly Facet[]
  /** Few entries fulfil the conditions, such as those about one contact, and an index of their own finds them. */
  isNarrow: boolean
  /** Only entries about contacts can fulfil them, and those may name `contact_id`. */
  contactsOnly: boolean
  /** Types that are left out of entries about no contact. */
  hiddenAmongOthers?: readonly string[]
  /** Who knows which entries these are knows something of what they tell. */
  tellsWhat: boolean
}

type Plan = Pick<PagePlan, 'cursorColumns' | 'orderBy' | 'limit' | 'backward'>
type Search = { context: Context; table: EntryTable; selection: Selection; plan: Plan }

// What is frequent is found among the newest so many entries. What isn't is looked up, some days at a time; but of days in
// which there is more of it than that (and that is more than any page has), it is found sooner by going through them.
const near = 2000
const dense = 5000
// Where the only question is which contacts a bound caller sees, it pays to look further.
const nearOfSeen = 20_000

/**
 * The newest entries (or the oldest, where the plan goes backward), without those about contacts that the caller doesn't see.
 * It costs about the same wherever in the log they are.
 */
export async function newestEntries(context: Context, selection: Selection, plan: Plan): Promise<EntryRow[]> {
  const tables = selection.contactsOnly ? [aboutContacts] : [aboutContacts, aboutOthers]
  const searches = tables.map(
    (table): Search => ({ context, table, plan, selection: asSeen(context, table, selection) }),
  )
  if (selection.isNarrow || (selection.facets.length === 0 && !isBound(context))) {
    const parts = searches.map((work) => rowsIn(work, work.table.rows, work.selection.range))
    return context.database.$queryRaw`
      SELECT e.* FROM (${Prisma.join(parts, ' UNION ALL ')}) e ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  }
  const found = await Promise.all(searches.map(search))
  const order = plan.backward ? 1 : -1
  return found
    .flat()
    .sort((one, other) => (one.id < other.id ? -order : order))
    .slice(0, plan.limit)
}

/** Of a contact that a bound caller doesn't see, there is nothing. */
function asSeen(context: Context, table: EntryTable, selection: Selection): Selection {
  if (!isBound(context)) return selection
  if (table !== aboutContacts) {
    const { hiddenAmongOthers: hidden = [] } = selection
    if (hidden.length === 0) return selection
    const shown = Prisma.sql`e.entity <> ALL(${[...hidden]}::text[])`
    return { ...selection, conditions: [...selection.conditions, shown] }
  }
  // Asked for each entry by itself, so that it never becomes a pass over all contacts.
  const seen = Prisma.sql`(SELECT true FROM ${seenContacts(context)} c WHERE c.contact_id = e.contact_id LIMIT 1)`
  return { ...selection, conditions: [...selection.conditions, seen] }
}

async function search(work: Search): Promise<EntryRow[]> {
  const { context, table, selection, plan } = work
  if (selection.facets.length === 0 && table !== aboutContacts) return scan(work, selection.range)
  const range = whereAll(selection.range)
  const span = selection.facets.length > 0 ? near : nearOfSeen
  const [onward, back] = plan.backward ? [Prisma.sql`ASC`, Prisma.sql`DESC`] : [Prisma.sql`DESC`, Prisma.sql`ASC`]
  const [first, [ends]] = await Promise.all([
    rowsOf(
      work,
      Prisma.sql`(SELECT e.* FROM ${table.rows} WHERE ${range} ORDER BY e.id ${onward} LIMIT ${span}) e`,
      [],
    ),
    context.database.$queryRaw<Record<'begin' | 'edge' | 'end', string | null>[]>`
      SELECT (SELECT e.id FROM ${table.rows} WHERE ${range} ORDER BY e.id ${onward} LIMIT 1) AS begin,
        (SELECT e.id FROM ${table.rows} WHERE ${range} ORDER BY e.id ${onward} OFFSET ${span - 1} LIMIT 1) AS edge,
        (SELECT e.id FROM ${table.rows} WHERE ${range} ORDER BY e.id ${back} LIMIT 1) AS "end"`,
  ])
  if (first.length >= plan.limit || !ends?.begin || !ends.edge || !ends.end) return first
  const beyond = [
    ...selection.range,
    plan.backward ? Prisma.sql`e.id > ${ends.edge}::uuid` : Prisma.sql`e.id < ${ends.edge}::uuid`,
  ]
  if (selection.facets.length === 0) return [...first, ...(await byContact(work, beyond))]
  const days = daysBetween(ends.edge, ends.end)
  const seen = daysBetween(ends.begin, ends.edge)
  if (days === 'too many' || seen === 'too many') return [...first, ...(await scan(work, beyond))]
  return [...first, ...(await lookUp(work, beyond, days, seen.length * 10))]
}

/** Through the days, first so many at a time and then more and more. */
async function lookUp(
  work: Search,
  beyond: readonly Prisma.Sql[],
  days: readonly string[],
  few: number,
): Promise<EntryRow[]> {
  const { context, plan } = work
  const found: EntryRow[] = []
  for (let [at, width] = [0, few]; at < days.length && found.length < plan.limit; at += width, width *= 4) {
    context.signal?.throwIfAborted()
    const rows = await inDays(work, beyond, days.slice(at, at + width))
    const crowd = rows.findIndex(({ matches }) => Number(matches) > dense)
    const crowded = rows[crowd]
    if (crowded) return [...found, ...rows.slice(0, crowd), ...(await inCrowd(work, beyond, daysOf(crowded.id)))]
    found.push(...rows)
  }
  return found
}

/** In these days there are more than a page has, so that no others are needed. */
async function inCrowd(work: Search, beyond: readonly Prisma.Sql[], days: string): Promise<EntryRow[]> {
  const { from, until } = idsOfDays(days)
  const notBefore = Prisma.sql`e.id >= ${from}::uuid`
  const before = until === undefined ? Prisma.sql`true` : Prisma.sql`e.id < ${until}::uuid`
  // A bound caller may see none of it.
  if (isBound(work.context)) return byContact(work, [...beyond, work.plan.backward ? notBefore : before])
  return scan(work, [...beyond, notBefore, before])
}

/** Those that the index has of these days. Of each days, one more than are dense at most, and how many these are. */
const inDays = (
  { context, table, selection, plan }: Search,
  beyond: readonly Prisma.Sql[],
  days: readonly string[],
) => {
  // By that index alone (OFFSET 0): together with another one, most of that would be read for each days anew.
  const byFacets = Prisma.sql`(SELECT e.* FROM ${table.rows} WHERE ${facetCondition(selection.facets)} OFFSET 0) e`
  const wanted = whereAll([...beyond, ...selection.conditions])
  const found = Prisma.sql`
    unnest(${days}::text[]) d(days) CROSS JOIN LATERAL (
      SELECT e.*, count(*) OVER ()::int AS matches
      FROM (SELECT e.* FROM ${byFacets} WHERE ${wanted} LIMIT ${dense + 1}) e) e`
  const cursorColumns = Prisma.sql`${plan.cursorColumns}, e.matches`
  return context.database.$queryRaw<EntryRow[]>(newest({ ...plan, cursorColumns }, table, found, []))
}

/** Through all in this range, in their order. */
const scan = (work: Search, range: readonly Prisma.Sql[]) => rowsOf(work, work.table.rows, range)

const rowsOf = (work: Search, source: Prisma.Sql, range: readonly Prisma.Sql[]) =>
  work.context.database.$queryRaw<EntryRow[]>(rowsIn(work, source, range))

const rowsIn = ({ table, selection, plan }: Search, source: Prisma.Sql, range: readonly Prisma.Sql[]) =>
  newest(plan, table, source, [...range, ...selection.conditions])

/** From each of the contacts that a bound caller sees: they are few, or something would have been found already. */
const byContact = ({ context, table, selection, plan }: Search, range: readonly Prisma.Sql[]) => {
  const ofContact = [Prisma.sql`e.contact_id = c.contact_id`, ...range, ...selection.conditions]
  return context.database.$queryRaw<EntryRow[]>`
    SELECT e.* FROM ${seenContacts(context)} c
    CROSS JOIN LATERAL ${newest(plan, table, table.rows, ofContact)} e
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
}

const whereAll = (conditions: readonly Prisma.Sql[]) => Prisma.join([Prisma.sql`true`, ...conditions], ' AND ')
