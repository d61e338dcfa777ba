import { type Contact, Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'

import { cursorOf, cutPage, limitOf, type PageArguments, planPage, type SortKey } from '../../../database/keyset.ts'
import { readStale } from '../../../database/replicas.ts'
import { comparable } from '../../../database/text.ts'
import { pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput, LetheError } from '../../../graphql/errors.ts'
import { definitionsOf, noDefinitions } from '../../fields/definitions.ts'
import type { FieldSight } from '../../fields/filter.ts'
import { type ContactReading, readContacts } from '../along.ts'
import { nameExpression, organisationExpression } from '../fields.ts'
import { pointKindList } from '../points.ts'
import { hasBasis, isBound, noteSeen, seenContacts, unknownPurpose } from '../sight.ts'
import { contains, filterCondition } from './filter.ts'
import type { ContactFilter } from './filter-inputs.ts'
import { type ContactOrder, sortKeys } from './ordering.ts'

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
  const keys = sortKeys(selection.orderBy, context.rights, fields)
  const plan = planPage(keys, page, pageSize)
  const conditions = [...selectionConditions(selection, context, fields), ...plan.conditions]
  const rows = await readContacts(
    context,
    selection.reading,
    Prisma.sql`FROM ${seenContacts(context)} c WHERE ${Prisma.join(conditions, ' AND ')}
      ORDER BY ${plan.orderBy} LIMIT ${limitOf(plan)}`,
    selection.cursors ? plan.cursorValues : [],
  )
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

function selectionConditions(
  { filter, search, lawfulFor }: ContactSelection,
  context: Context,
  fields: FieldSight,
): Prisma.Sql[] {
  const conditions = [standing]
  if (filter) conditions.push(filterCondition(filter, fields))
  if (typeof lawfulFor === 'string') conditions.push(hasBasis(context, [comparable(lawfulFor)]))
  const words = new Set((search ?? '').split(/\s+/).filter(Boolean))
  if (words.size > mostWords) throw new LetheError('LIMIT_EXCEEDED', `A search may have ${mostWords} words.`)
  for (const word of words) conditions.push(searchCondition(word, context))
  return conditions
}

const mostWords = 20

/**
 * A word somewhere in a name, an organisation or a contact point. As a union, so that each part finds its own index; as an
 * array, so that it is looked for once, and not once for each row when statistics mislead the planner.
 */
function searchCondition(word: string, context: Context): Prisma.Sql {
  const { rights } = context
  const parts: Prisma.Sql[] = []
  const contact = (expression: Prisma.Sql) =>
    Prisma.sql`SELECT c.contact_id FROM ${seenContacts(context)} c WHERE ${contains(expression, word)}`
  if (rights.canRead('contacts.name')) parts.push(contact(nameExpression))
  if (rights.canRead('contacts.organisation')) parts.push(contact(organisationExpression))
  const kinds = pointKindList.filter(({ right }) => rights.canRead(right)).map(({ kind }) => kind)
  if (kinds.length > 0) {
    parts.push(
      Prisma.sql`SELECT contact_id FROM contact_point WHERE kind = ANY(${kinds}) AND ${contains(Prisma.sql`lethe_fold(value)`, word)}`,
    )
  }
  return parts.length > 0
    ? Prisma.sql`c.contact_id = ANY(ARRAY(${Prisma.join(parts, ' UNION ALL ')}))`
    : Prisma.sql`false`
}
