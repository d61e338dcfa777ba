import { Prisma } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../../database/keyset.ts'
import { transact } from '../../../database/transact.ts'
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

const conditionsOf = (context: Context, { webhookId, contactId, state, ids }: DeliveryFilter): Prisma.Sql[] => [
  Prisma.sql`true`,
  ...(webhookId ? [Prisma.sql`d.webhook_id = ${webhookId}::uuid`] : []),
  ...(contactId ? [Prisma.sql`d.contact_id = ${contactId}::uuid`] : []),
  ...(state ? [Prisma.sql`d.state = ${state}`] : []),
  ...(ids ? [Prisma.sql`d.id = ANY(${ids}::uuid[])`] : []),
  ...(isBound(context)
    ? [Prisma.sql`EXISTS (SELECT FROM ${seenContacts(context)} c WHERE c.contact_id = d.contact_id)`]
    : []),
]

/** A page of deliveries, the newest first, without those about contacts that the caller doesn't see. */
export async function listDeliveries(context: Context, filter: DeliveryFilter, page: PageArguments) {
  const plan = planPage(newestFirst, page, pageSize)
  const conditions = [...conditionsOf(context, filter), ...plan.conditions]
  const found = await context.database.$queryRaw<(Record<string, unknown> & { id: string })[]>`
    SELECT d.id, ${plan.cursorColumns} FROM webhook_delivery d WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const deliveries = await context.database.webhookDelivery.findMany({
    where: { id: { in: rows.map(({ id }) => id) } },
  })
  const byId = new Map(deliveries.map((delivery) => [delivery.id, delivery]))
  const edges = rows.flatMap((row) => {
    const node = byId.get(row.id)
    return node ? [{ cursor: writeCursor(newestFirst, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}

const defaultHours = 72

/** Something newer about the same contact and purpose has reached the webhook: after that it would tell of what isn't so any more. */
const isSuperseded = Prisma.sql`EXISTS (
  SELECT FROM webhook_delivery n JOIN consent_change newer ON newer.contact_id = n.contact_id AND newer.id = n.change_id
  JOIN consent_change own ON own.contact_id = d.contact_id AND own.id = d.change_id
  WHERE n.webhook_id = d.webhook_id AND n.contact_id = d.contact_id AND n.state = 'delivered'
    AND (n.transaction_id, n.id) > (d.transaction_id, d.id) AND newer.purpose_key = own.purpose_key)`

/**
 * Lets dead letters be delivered again, with the ids that they had, those about one contact in their order; what is superseded is
 * cancelled. Returns how many there are to deliver.
 */
export async function redeliver(context: Context, filter: Omit<DeliveryFilter, 'state'>): Promise<number> {
  const { giveUpAfter = defaultHours * 3_600_000 } = context.webhooks ?? {}
  const count = await transact(context, 'redeliver', async (tx) => {
    const conditions = Prisma.join(conditionsOf(context, { ...filter, state: 'dead' }), ' AND ')
    await tx.$executeRaw`
      UPDATE webhook_delivery d SET state = 'cancelled', fault = 'SUPERSEDED', finished_at = now()
      WHERE ${conditions} AND ${isSuperseded}`
    const queued = await tx.$executeRaw`
      UPDATE webhook_delivery d SET state = 'queued', attempts = 0, due_at = now(), finished_at = NULL,
        give_up_at = now() + ${giveUpAfter} * interval '1 millisecond'
      WHERE ${conditions} AND EXISTS (SELECT FROM webhook w WHERE w.id = d.webhook_id AND w.deleted_at IS NULL)`
    await tx.$executeRaw`SELECT pg_notify('lethe_webhooks', '')`
    return queued
  })
  context.log.info({ requestId: context.requestId, actor: context.actor, count }, 'dead letters are delivered again')
  return count
}
