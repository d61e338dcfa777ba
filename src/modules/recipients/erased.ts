import type { Transaction } from '../../database/transact.ts'
import { queueErasureNotices } from '../deliveries/sending/erasures.ts'

// Whoever got data of a contact is told that it was erased (Art. 19 GDPR): by their webhook, if they have one; the others by staff.

/** Queues the notices for the clients that read data of contacts which are being erased, before it is forgotten who did. */
export async function tellReaders(tx: Transaction, contactIds: readonly string[], at: Date): Promise<void> {
  const readers = await readersOf(tx, contactIds)
  const webhooks = await webhooksOf(tx, [...new Set(readers.map(({ clientId }) => clientId))])
  const pairs = readers.flatMap(({ contactId, clientId }) => {
    const webhookId = webhooks.get(clientId)
    return webhookId ? [{ contactId, webhookId }] : []
  })
  await queueErasureNotices(tx, contactIds, at, pairs)
}

/** The clients that read data of these contacts and have no webhook: somebody has to tell them. */
export async function readersWithoutWebhook(tx: Transaction, contactIds: readonly string[]): Promise<string[]> {
  const clients = [...new Set((await readersOf(tx, contactIds)).map(({ clientId }) => clientId))]
  const webhooks = await webhooksOf(tx, clients)
  return clients.filter((client) => !webhooks.has(client))
}

const readersOf = (tx: Transaction, contactIds: readonly string[]) =>
  tx.recipientRead.groupBy({ by: ['contactId', 'clientId'], where: { contactId: { in: [...contactIds] } } })

/** One endpoint of each client that is open. */
async function webhooksOf(tx: Transaction, clients: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (clients.length === 0) return new Map()
  const where = { deletedAt: null, disabledAt: null, client: { disabledAt: null } }
  const found = await tx.webhook.findMany({
    where: { clientId: { in: [...clients] }, ...where },
    orderBy: { id: 'desc' },
  })
  return new Map(found.map(({ clientId, id }) => [clientId, id]))
}
