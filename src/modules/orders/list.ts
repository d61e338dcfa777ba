import { type Order, Prisma } from '#prisma/client.ts'
import {
  cutPage,
  type PageArguments,
  type PagePlan,
  planPage,
  type SortKey,
  writeCursor,
} from '../../database/keyset.ts'
import { comparable } from '../../database/text.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { isBound, type Seer, seenContacts } from '../contacts/sight.ts'

type Maybe<T> = T | null | undefined

/** Which orders. All parts have to hold. */
export type OrderFilter = {
  contactId?: string | undefined
  number?: Maybe<string>
  source?: Maybe<string>
  status?: Maybe<readonly string[]>
  currency?: Maybe<string>
  placedFrom?: Maybe<Date>
  placedUntil?: Maybe<Date>
  totalFrom?: Maybe<string>
  totalUntil?: Maybe<string>
  articleNumber?: Maybe<string>
  invoiced?: Maybe<boolean>
}

/** What a list is sorted by; the newest first, unless said otherwise. */
export type OrderOrder = { by: 'placedAt' | 'total'; descending: boolean }

type Row = Record<string, unknown> & { contactId: string; id: string }

/** A page of orders, in two statements: which, and what they are. */
export async function listOrders(context: Context, filter: OrderFilter, order: OrderOrder, page: PageArguments) {
  const keys = sortKeys(order)
  const plan = planPage(keys, page, pageSize)
  const sight = isBound(context)
    ? [Prisma.sql`EXISTS (SELECT FROM ${seenContacts(context)} c WHERE c.contact_id = o.contact_id)`]
    : []
  const conditions = [Prisma.sql`true`, ...conditionsOf(filter), ...sight, ...plan.conditions]
  const found = await context.database.$queryRaw<Row[]>`
    SELECT o.contact_id AS "contactId", o.id, ${plan.cursorColumns} FROM customer_order o
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  return connectionOf(keys, plan, page, found, await readOrders(context, found))
}

/** A page of the orders of each of these contacts, and of those that were merged into it: two statements for all. */
export async function listOrdersOf(context: Context, contactIds: readonly string[], page: PageArguments) {
  const keys = sortKeys({ by: 'placedAt', descending: true })
  const plan = planPage(keys, page, pageSize)
  const conditions = Prisma.join([Prisma.sql`true`, ...plan.conditions], ' AND ')
  const found = await context.database.$queryRaw<(Row & { owner: string })[]>`
    SELECT o.* FROM ${seenContacts(context)} c CROSS JOIN LATERAL (
      SELECT c.contact_id AS owner, o.contact_id AS "contactId", o.id, ${plan.cursorColumns} FROM customer_order o
      WHERE o.contact_id = ANY(${ownersOf(context, Prisma.sql`c.contact_id`)}) AND ${conditions} ORDER BY ${plan.orderBy} LIMIT ${plan.limit}) o
    WHERE c.contact_id = ANY(${contactIds}::uuid[])`
  const rows = await readOrders(context, found)
  const byOwner = Map.groupBy(found, ({ owner }) => owner)
  return contactIds.map((id) => connectionOf(keys, plan, page, byOwner.get(id) ?? [], rows))
}

/** The contacts whose orders count as those of this one: itself, and those that were merged into it, as far as somebody sees them. */
export const ownersOf = (seer: Seer, contactId: Prisma.Sql): Prisma.Sql => Prisma.sql`ARRAY(
  SELECT ${contactId} UNION ALL SELECT m.source_id FROM contact_merge m JOIN ${seenContacts(seer)} s ON s.contact_id = m.source_id
  WHERE m.contact_id = ${contactId} AND m.undone_at IS NULL)`

function sortKeys({ by, descending }: OrderOrder): SortKey[] {
  const first: SortKey =
    by === 'total'
      ? { name: 'total', expression: Prisma.sql`o.total`, type: 'numeric', descending }
      : { name: 'placedAt', expression: Prisma.sql`o.placed_at`, type: 'timestamptz', descending }
  return [first, { name: 'id', expression: Prisma.sql`o.id`, type: 'uuid', descending }]
}

function conditionsOf(filter: OrderFilter): Prisma.Sql[] {
  const { contactId, number, source, status, currency, placedFrom, placedUntil, invoiced, articleNumber } = filter
  return [
    ...(contactId ? [Prisma.sql`o.contact_id = ${contactId}::uuid`] : []),
    ...(typeof number === 'string' ? [Prisma.sql`o.number = ${comparable(number)}`] : []),
    ...(typeof source === 'string' ? [Prisma.sql`o.source = ${comparable(source)}`] : []),
    ...(status ? [Prisma.sql`o.status = ANY(${[...status]})`] : []),
    ...(typeof currency === 'string' ? [Prisma.sql`o.currency = ${comparable(currency)}`] : []),
    ...(placedFrom ? [Prisma.sql`o.placed_at >= ${placedFrom.toISOString()}::timestamptz`] : []),
    ...(placedUntil ? [Prisma.sql`o.placed_at < ${placedUntil.toISOString()}::timestamptz`] : []),
    ...(typeof filter.totalFrom === 'string' ? [Prisma.sql`o.total >= ${filter.totalFrom}::numeric`] : []),
    ...(typeof filter.totalUntil === 'string' ? [Prisma.sql`o.total <= ${filter.totalUntil}::numeric`] : []),
    ...(typeof invoiced === 'boolean' ? [Prisma.sql`(o.invoiced_at IS NOT NULL) = ${invoiced}`] : []),
    ...(typeof articleNumber === 'string'
      ? [
          Prisma.sql`EXISTS (SELECT FROM order_line l WHERE l.contact_id = o.contact_id AND l.order_id = o.id
            AND l.article_number = ${comparable(articleNumber)})`,
        ]
      : []),
  ]
}

async function readOrders({ database }: Context, found: readonly Row[]): Promise<ReadonlyMap<string, Order>> {
  if (found.length === 0) return new Map()
  const contactIds = [...new Set(found.map(({ contactId }) => contactId))]
  const rows = await database.order.findMany({
    where: { contactId: { in: contactIds }, id: { in: found.map(({ id }) => id) } },
  })
  return new Map(rows.map((row) => [row.id, row]))
}

function connectionOf(
  keys: readonly SortKey[],
  plan: PagePlan,
  page: PageArguments,
  found: readonly Row[],
  orders: ReadonlyMap<string, Order>,
) {
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const edges = rows.flatMap((row) => {
    const node = orders.get(row.id)
    return node ? [{ cursor: writeCursor(keys, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}
