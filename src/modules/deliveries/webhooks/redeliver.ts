import { Prisma } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type NewEntry, writeEntries } from '../../audit/write.ts'
import { isBound } from '../../contacts/sight.ts'
import { defaultGiveUpAfter } from '../sending/enqueue.ts'
import { conditionsOf, type DeliveryFilter } from './list-deliveries.ts'

/** How many dead letters one call lets be delivered again: the oldest. */
export const mostRedelivered = 5000

/** Something newer about the same contact and purpose has reached the webhook: after that it would tell of what isn't so any more. */
const isSuperseded = Prisma.sql`EXISTS (
  SELECT FROM webhook_delivery n JOIN consent_change newer ON newer.contact_id = n.contact_id AND newer.id = n.change_id
  JOIN consent_change own ON own.contact_id = d.contact_id AND own.id = d.change_id
  WHERE n.webhook_id = d.webhook_id AND n.contact_id = d.contact_id AND n.state = 'delivered'
    AND (n.transaction_id, n.id) > (d.transaction_id, d.id) AND newer.purpose_key = own.purpose_key)`

type Dead = { id: string; contactId: string | null }

/**
 * Lets dead letters be delivered again, with the ids that they had, those about one contact in their order; what is superseded is
 * cancelled. The log tells of each, with the contact. Returns how many there are to deliver.
 */
export async function redeliver(context: Context, filter: Omit<DeliveryFilter, 'state'>): Promise<number> {
  const { giveUpAfter = defaultGiveUpAfter } = context.webhooks ?? {}
  return transact(context, 'redeliver', async (tx) => {
    const conditions = Prisma.join(conditionsOf(context, { ...filter, state: 'dead' }), ' AND ')
    const stands = Prisma.sql`EXISTS (SELECT FROM webhook w WHERE w.id = d.webhook_id AND w.deleted_at IS NULL)`
    const superseded = await tx.$queryRaw<Dead[]>`
      UPDATE webhook_delivery d SET state = 'cancelled', fault = 'SUPERSEDED', finished_at = now()
      WHERE (d.contact_id, d.id) IN (SELECT d.contact_id, d.id FROM webhook_delivery d
        WHERE ${conditions} AND ${isSuperseded} ORDER BY d.id LIMIT ${mostRedelivered})
      RETURNING d.id, d.contact_id AS "contactId"`
    const queued = await tx.$queryRaw<Dead[]>`
      UPDATE webhook_delivery d SET state = 'queued', attempts = 0, due_at = now(), finished_at = NULL,
        give_up_at = now() + ${giveUpAfter} * interval '1 millisecond'
      WHERE (d.contact_id, d.id) IN (SELECT d.contact_id, d.id FROM webhook_delivery d
        WHERE ${conditions} AND NOT ${isSuperseded} AND ${stands} ORDER BY d.transaction_id, d.id LIMIT ${mostRedelivered})
      RETURNING d.id, d.contact_id AS "contactId"`
    const notices = isBound(context)
      ? []
      : await tx.$queryRaw<Dead[]>`
      UPDATE erasure_notice d SET state = 'queued', attempts = 0, due_at = now(), finished_at = NULL, waits_since = now()
      WHERE d.id IN (SELECT d.id FROM erasure_notice d WHERE ${ofNotices(filter)} AND ${stands} ORDER BY d.id LIMIT ${mostRedelivered})
      RETURNING d.id, NULL AS "contactId"`
    await writeEntries(tx, context, [
      ...superseded.map((one) => entryOf(one, 'CANCELLED')),
      ...[...queued, ...notices].map((one) => entryOf(one, 'QUEUED')),
    ])
    await tx.$executeRaw`SELECT pg_notify('lethe_webhooks', '')`
    return queued.length + notices.length
  })
}

const ofNotices = ({ webhookId, ids }: DeliveryFilter): Prisma.Sql => Prisma.sql`d.state = 'dead'
  AND ${webhookId ? Prisma.sql`d.webhook_id = ${webhookId}::uuid` : Prisma.sql`true`}
  AND ${ids ? Prisma.sql`d.id = ANY(${ids}::uuid[])` : Prisma.sql`true`}`

const entryOf = ({ id, contactId }: Dead, state: string): NewEntry => ({
  ...{ action: 'updated', operation: 'redeliver', entity: 'WebhookDelivery', entityId: id },
  contactId: contactId ?? undefined,
  changes: { state: { old: 'DEAD', new: state } },
})
