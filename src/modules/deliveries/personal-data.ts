import type { PersonalData } from '../module.ts'
import { queueErasureNotices } from './sending/erasures.ts'

/** What this module holds about a contact: what was told of it, and to whom (Art. 15(1)(c) GDPR: recipients). */
export const deliveriesData: PersonalData = {
  categories: ['legal grounds', 'recipients'],
  models: ['ConsentChange', 'WebhookDelivery', 'WebhookAttempt'],
  async disclose(tx, contactId) {
    const changes = await tx.consentChange.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
    const deliveries = await tx.webhookDelivery.findMany({
      where: { contactId },
      orderBy: { id: 'asc' },
      include: { webhook: { select: { emailHashes: true, client: { select: { name: true } } } } },
    })
    const attempts = await tx.webhookAttempt.count({ where: { contactId } })
    return {
      changes: changes.map((change) => ({
        id: change.id,
        kind: change.kind,
        purpose: change.purposeKey,
        ground: change.ground,
        valid: change.valid,
        since: change.since?.toISOString() ?? null,
        until: change.until?.toISOString() ?? null,
        at: change.occurredAt.toISOString(),
      })),
      recipients: deliveries.map(({ webhook, changeId, state, finishedAt }) => ({
        recipient: webhook.client.name,
        change: changeId,
        withHashOfAddresses: webhook.emailHashes,
        outcome: state,
        at: finishedAt?.toISOString() ?? null,
      })),
      attempts,
    }
  },
  async erase(tx, contactId) {
    await queueErasureNotices(tx, contactId)
    const attempts = await tx.webhookAttempt.deleteMany({ where: { contactId } })
    const deliveries = await tx.webhookDelivery.deleteMany({ where: { contactId } })
    const changes = await tx.consentChange.deleteMany({ where: { contactId } })
    return {
      erased: { ConsentChange: changes.count, WebhookDelivery: deliveries.count, WebhookAttempt: attempts.count },
      kept: {},
    }
  },
}
