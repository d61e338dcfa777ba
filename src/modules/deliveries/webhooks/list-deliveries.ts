import { type ErasureNotice, Prisma, type WebhookDelivery } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../../database/keyset.ts'
import { pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { isBound, seenContacts } from '../../contacts/sight.ts'
import type { DeliveryState } from './types.ts'

/** Which deliveries. */
export type DeliveryFilter = {
  webhookId?: string | undefined
  contactId?: string | undefined
  state?: DeliveryState | undefined
  ids?: readonly string[] | undefined
}

// Ids are UUIDv7, so this is the order of time.
const newestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`d.id`, type: 'uuid', descending: true }]

/** The conditions of a filter on a delivery `d`, with what the caller sees. */
export const conditionsOf = (context: Context, { webhookId, contactId, state, ids }: DeliveryFilter): Prisma.Sql[] => [
  Prisma.sql`true`,
  ...(webhookId ? [Prisma.sql`d.webhook_id = ${webhookId}::uuid`] : []),
  ...(contactId ? [Prisma.sql`d.contact_id = ${contactId}::uuid`] : []),
  ...(state ? [Prisma.sql`d.state = ${state}`] : []),
  ...(ids ? [Prisma.sql`d.id = ANY(${ids}::uuid[])`] : []),
  ...(isBound(context)
    ? [Prisma.sql`EXISTS (SELECT FROM ${seenContacts(context)} c WHERE c.contact_id = d.contact_id)`]
    : []),
]

/** A delivery, or a notice that a contact was erased, which is about nobody any more: then `contactId` is null. */
export type Delivery = Omit<WebhookDelivery, 'contactId' | 'transactionId' | 'giveUpAt'> & { contactId: string | null }

const both = Prisma.sql`(
  SELECT id, webhook_id, contact_id, state FROM webhook_delivery
  UNION ALL SELECT id, webhook_id, NULL::uuid, state FROM erasure_notice)`

/** A page of deliveries, the newest first, without those about contacts that the caller doesn't see. */
export async function listDeliveries(context: Context, filter: DeliveryFilter, page: PageArguments) {
  const plan = planPage(newestFirst, page, pageSize)
  const conditions = [...conditionsOf(context, filter), ...plan.conditions]
  const found = await context.database.$queryRaw<(Record<string, unknown> & { id: string })[]>`
    SELECT d.id, ${plan.cursorColumns} FROM ${both} d WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const where = { id: { in: rows.map(({ id }) => id) } }
  const [deliveries, notices] = await Promise.all([
    context.database.webhookDelivery.findMany({ where }),
    context.database.erasureNotice.findMany({ where }),
  ])
  const byId = new Map<string, Delivery>([
    ...deliveries.map((one) => [one.id, one] as const),
    ...notices.map((one) => [one.id, asDelivery(one)] as const),
  ])
  const edges = rows.flatMap((row) => {
    const node = byId.get(row.id)
    return node ? [{ cursor: writeCursor(newestFirst, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}

const asDelivery = ({ erasedId: _, erasedAt, waitsSince: __, ...notice }: ErasureNotice): Delivery => ({
  ...notice,
  contactId: null,
  changeId: notice.id,
  createdAt: erasedAt,
})
