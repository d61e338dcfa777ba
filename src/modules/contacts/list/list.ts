import { type Contact, Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'

import {
  cursorOf,
  cutPage,
  limitOf,
  type PageArguments,
  type PagePlan,
  planPage,
  type SortKey,
} from '../../../database/keyset.ts'
import { readStale } from '../../../database/replicas.ts'
import { comparable } from '../../../database/text.ts'
import { pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { definitionsOf, noDefinitions } from '../../fields/definitions.ts'
import type { FieldSight } from '../../fields/filter.ts'
import { type ContactReading, readContacts } from '../along.ts'
import { firstSeen, hasBasis, isBound, noteSeen, seenContacts, unknownPurpose } from '../sight.ts'
import { filterCondition } from './filter.ts'
import type { ContactFilter } from './filter-inputs.ts'
import { type ContactOrder, isByTime, sortKeys } from './ordering.ts'
import { byIndex, byLooking, near, sample, searchFor, wordsOf } from './search.ts'

export type ContactSelection = {
  filter?: ContactFilter | null | undefined
  search?: string | null | undefined
  /** The key of a purpose: only contacts that may be processed for it now. */
  lawfulFor?: string | null | undefined
}

/**
 * A contact in its place of a list. A class, and not an object with a getter of its own: to the engine each of these is another kind of
 * object, and it keeps what a kind leads to, the whole page, until its next great collection of garbage.
 */
class ContactEdge {
  readonly node: Contact
  readonly #keys: readonly SortKey[]
  readonly #values: readonly unknown[]

  /** @param values Those of the keys, if anybody will ask for the cursor. */
  constructor(node: Contact, keys: readonly SortKey[], values: readonly unknown[]) {
    this.node = node
    this.#keys = keys
    this.#values = values
  }

  get cursor(): string {
    return cursorOf(this.#keys, this.#values)
  }
}

/** One page of contacts in one statement, with what comes along. The search looks only into what the caller may read. */
export async function listContacts(
  context: Context,
  selection: ContactSelection & { orderBy: readonly ContactOrder[]; reading: ContactReading; cursors: boolean },
  page: PageArguments,
) {
  const fields = await fieldSight(context, selection)
  const words = wordsOf(selection.search)
  const keys = sortKeys(selection.orderBy, context.rights, fields, words.length > 0)
  const plan = planPage(keys, page, pageSize)
  const read = (source: Prisma.Sql, conditions: readonly Prisma.Sql[]) =>
    readContacts(
      context,
      selection.reading,
      Prisma.sql`FROM ${source} c WHERE ${Prisma.join([...conditions], ' AND ')}
        ORDER BY ${plan.orderBy} LIMIT ${limitOf(plan)}`,
      selection.cursors ? plan.cursorValues : [],
    )
  const conditions = filterConditions(selection, context, fields)
  const rows =
    words.length > 0
      ? await searched({ context, words, plan, byTime: isByTime(keys), conditions, read })
      : await read(seenContacts(context), [standing, ...conditions, ...plan.conditions])
  const cut = cutPage(plan, rows, page)
  if (rows.length === 0) await refuseUnknownPurpose(context, selection)
  noteSeen(
    context,
    cut.rows.map(({ contact }) => contact.id),
  )
  return {
    edges: cut.rows.map(({ contact, more }) => new ContactEdge(contact, keys, more)),
    hasNextPage: cut.hasNextPage,
    hasPreviousPage: cut.hasPreviousPage,
  }
}

type Reader = ReturnType<typeof readContacts>
type Searching = {
  context: Context
  words: readonly string[]
  plan: PagePlan
  /** Whether the list is in the order of time. */
  byTime: boolean
  conditions: readonly Prisma.Sql[]
  read: (source: Prisma.Sql, conditions: readonly Prisma.Sql[]) => Reader
}

/**
 * A page of those that have all words. What few have is looked up and sorted. What many have is met soon in the order of time, but not in
 * that of names: those with a name in common come one after the other. Where it is not met, all that have it are read.
 */
async function searched({ context, words, plan, byTime, conditions, read }: Searching): Reader {
  const seen = seenContacts(context)
  const looking = [...conditions, ...words.map((word) => byLooking(word, context))]
  const among = (count: number) =>
    read(firstSeen(context, count, [standing, ...plan.conditions], plan.orderBy), looking)
  const isPage = (rows: readonly unknown[]) => rows.length === plan.limit

  const met = byTime ? await among(sample.contacts) : []
  if (isPage(met)) return met
  const isFrequent = met.length >= sample.frequent
  // Even to name those that have a frequent word takes the longer the more contacts there are.
  const more = isFrequent ? await among(near) : []
  if (isPage(more)) return more
  const { few, indexed } = await searchFor(words, context)
  const onPage = [standing, ...conditions, ...plan.conditions]
  if (few) return read(seen, [...onPage, ...few])
  const late = byTime && !isFrequent ? await among(near) : []
  return isPage(late) ? late : read(seen, [...onPage, ...indexed])
}

/**
 * How many contacts there are in all, or up to so many. Costs a walk through them, so it is asked for on its own, and can end
 * early.
 */
export async function countContacts(
  context: Context,
  selection: ContactSelection,
  upTo?: number | null,
): Promise<number> {
  if (typeof upTo === 'number' && upTo < 1) {
    throw invalidInput([{ field: 'upTo', message: 'Must be at least 1.' }])
  }
  const fields = await fieldSight(context, selection)
  const conditions = Prisma.join(selectionConditions(selection, context, fields), ' AND ')
  const statement = Prisma.sql`
    SELECT count(*)::int AS count FROM (
      SELECT FROM ${seenContacts(context)} c WHERE ${conditions} LIMIT ${upTo ?? null}::int) found`
  const count = (database: Database) => database.$queryRaw<{ count: number }[]>(statement)
  const [row] = await (decides(context, selection) ? count(context.database) : readStale(context, count))
  if (!row?.count) await refuseUnknownPurpose(context, selection)
  return row?.count ?? 0
}

/** Whether it is about what may be processed, or whom the caller sees: both are known at this moment alone. */
const decides = (context: Context, { lawfulFor, filter }: ContactSelection): boolean =>
  isBound(context) || typeof lawfulFor === 'string' || asksForBasis(filter)

const asksForBasis = (filter: ContactFilter | null | undefined): boolean =>
  filter != null &&
  (typeof filter.withoutBasis === 'boolean' ||
    [...(filter.and ?? []), ...(filter.or ?? []), filter.not].some(asksForBasis))

/** The ids of all contacts of a selection, as a statement. Throws INVALID_INPUT for a purpose that there is none of. */
export async function selectedContacts(context: Context, selection: ContactSelection): Promise<Prisma.Sql> {
  const fields = await fieldSight(context, selection)
  await refuseUnknownPurpose(context, selection)
  const conditions = Prisma.join(selectionConditions(selection, context, fields), ' AND ')
  return Prisma.sql`SELECT c.contact_id FROM ${seenContacts(context)} c WHERE ${conditions}`
}

/** The condition of a filter on the row `c` of `contact`, for whoever reads other things about contacts. Rights were checked before. */
export const selectedCondition = async (context: Context, filter: ContactFilter): Promise<Prisma.Sql> =>
  filterCondition(filter, await fieldSight(context, { filter }))

/** Nobody may be processed for a purpose that was misspelt: that is no answer, and looked for only where there was none. */
async function refuseUnknownPurpose(context: Context, { lawfulFor }: ContactSelection): Promise<void> {
  if (typeof lawfulFor !== 'string') return
  const unknown = (await context.unknownPurposes?.(context, [comparable(lawfulFor)])) ?? []
  if (unknown.length > 0) throw unknownPurpose('lawfulFor')
}

// Contacts that were merged into others are in no list.
const standing = Prisma.sql`c.merged_into_id IS NULL`

/** Which custom fields there are, where the selection names any. */
async function fieldSight(
  context: Context,
  { filter, orderBy = [] }: ContactSelection & { orderBy?: readonly ContactOrder[] },
): Promise<FieldSight> {
  const named = orderBy.some(({ customField }) => customField) || (filter && namesFields(filter))
  return { caller: context, definitions: named ? await definitionsOf(context) : noDefinitions }
}

const namesFields = ({ customFields, and, or, not }: ContactFilter): boolean =>
  Boolean(customFields?.length) || [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])].some(namesFields)

/** What a selection comes to, on the row `c` of `contact`. */
const selectionConditions = (selection: ContactSelection, context: Context, fields: FieldSight): Prisma.Sql[] => [
  standing,
  ...filterConditions(selection, context, fields),
  ...wordsOf(selection.search).map((word) => byIndex(word, context)),
]

/** The same without the search. */
function filterConditions({ filter, lawfulFor }: ContactSelection, context: Context, fields: FieldSight): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (filter) conditions.push(filterCondition(filter, fields))
  if (typeof lawfulFor === 'string') conditions.push(hasBasis(context, [comparable(lawfulFor)]))
  return conditions
}
