import type { Database } from '../../src/database/client.ts'
import type { Act } from './seed.ts'
import { purposeKey } from './seed-lawfulness.ts'

/** Nothing answers there. */
export const webhookUrl = 'https://localhost:1/zqhook'

/** What tells of webhooks, by right. */
export const webhookSecrets = { 'deliveries.webhooks': ['zqhook'] }

/**
 * Webhooks with everything that one can have: one that is disabled, with a delivery that was tried, and one that was deleted, with a
 * delivery that was cancelled. Nothing delivers in these tests.
 */
export async function seedWebhooks(database: Database, act: Act, client: string): Promise<string[]> {
  const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret webhook { id } } }'
  const input = { client, url: webhookUrl, purposes: [purposeKey], events: ['GIVEN'] }
  await act(create, { input })
  await act(create, { input })
  const rows = await database.webhook.findMany({ orderBy: { id: 'asc' } })
  const ids = rows.map(({ id }) => Buffer.from(`Webhook:${id}`).toString('base64'))
  const [disabled, deleted] = ids
  const contact = await act('mutation { createContact(input: { givenName: "Zqgiven" }) { id } }')
  await act('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
    input: { contactId: contact['createContact']?.['id'], purpose: purposeKey, ground: 'CONTRACT' },
  })
  await act('mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret } }', { id: disabled })
  await act('mutation ($id: ID!) { updateWebhook(id: $id, input: { enabled: false }) { id } }', { id: disabled })
  await act('mutation ($id: ID!) { deleteWebhook(id: $id) { id } }', { id: deleted })
  for (const { contactId, id: deliveryId } of await database.webhookDelivery.findMany()) {
    await database.webhookAttempt.create({
      data: { contactId, id: deliveryId, deliveryId, status: 500, duration: 7, fault: 'HTTP 500' },
    })
  }
  return ids
}
