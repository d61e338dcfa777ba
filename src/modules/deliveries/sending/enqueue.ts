import { v7 as uuidv7 } from 'uuid'
import { Prisma, type Webhook } from '#prisma/client.ts'
import { rowsIn } from '../../../database/rows-in.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'

type Change = { contactId: string; id: string; purposeKey: string; kind: string }

/** Milliseconds after which nobody tries any more, where no setting says so. */
export const defaultGiveUpAfter = 72 * 3_600_000

type Listening = Pick<Webhook, 'id' | 'purposes' | 'events'>

/** The webhooks that are told of changes with these purposes. */
export const webhooksFor = (tx: Pick<Transaction, '$rows'>, purposes: readonly string[]): Promise<Listening[]> =>
  rowsIn<Listening>(
    tx,
    Prisma.sql`
      SELECT id, purposes, events FROM webhook WHERE deleted_at IS NULL AND purposes && ${[...purposes]}::text[] ORDER BY id`,
  )

/**
 * Queues changes for the webhooks that want them, with one insert. Those that are disabled get theirs queued as well: once they
 * are enabled again their recipients must not lack a withdrawal.
 */
export async function queueDeliveries(
  tx: Transaction,
  { webhooks: settings }: Pick<WorkContext, 'webhooks'>,
  changes: readonly Change[],
  webhooks: readonly Listening[],
): Promise<void> {
  if (webhooks.length === 0) return
  const now = new Date()
  const giveUpAt = new Date(now.getTime() + (settings?.giveUpAfter ?? defaultGiveUpAfter))
  const deliveries = changes.flatMap(({ contactId, id: changeId, purposeKey, kind }) =>
    webhooks
      .filter((one) => one.purposes.includes(purposeKey) && (one.events.length === 0 || one.events.includes(kind)))
      .map(({ id: webhookId }) => ({
        contactId,
        id: uuidv7(),
        webhookId,
        changeId,
        giveUpAt,
        createdAt: now,
        dueAt: now,
      })),
  )
  if (deliveries.length > 0) await tx.webhookDelivery.createMany({ data: deliveries })
}
