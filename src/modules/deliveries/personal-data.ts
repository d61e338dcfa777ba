import { asRecord, rowsOf } from '../disclosed.ts'
import { nothingErased, type PersonalData } from '../module.ts'
import { deliveryOperations, deliveryTexts } from './disclosure-texts.ts'
import { queueErasureNotices } from './sending/erasures.ts'

/** What this module holds about a contact: what was told of it, and to whom (Art. 15(1)(c) GDPR: recipients). */
export const deliveriesData: PersonalData = {
  categories: ['legal grounds', 'recipients'],
  models: ['ConsentChange', 'WebhookDelivery', 'WebhookAttempt'],
  texts: deliveryTexts,
  operations: deliveryOperations,
  async *disclose(held) {
    const { tx } = held
    for await (const change of rowsOf(held, (page) => tx.consentChange.findMany(page))) {
      const { id, kind, purposeKey, ground, valid, since, until, occurredAt } = change
      const record = asRecord({ id, kind, purpose: purposeKey, ground, valid, since, until, at: occurredAt })
      yield { kind: 'consentChange', category: 'legal grounds', record }
    }
    const webhook = { select: { emailHashes: true, client: { select: { name: true } } } }
    for await (const delivery of rowsOf(held, (page) =>
      tx.webhookDelivery.findMany({ ...page, include: { webhook } }),
    )) {
      const { id, webhookId, changeId, state, finishedAt } = delivery
      const { client, emailHashes } = delivery.webhook
      const told = { id, recipient: client.name, webhookId, change: changeId, withHashOfAddresses: emailHashes }
      const record = asRecord({ ...told, outcome: state, at: finishedAt })
      yield { kind: 'webhookDelivery', category: 'recipients', record }
    }
    for await (const attempt of rowsOf(held, (page) => tx.webhookAttempt.findMany(page))) {
      const { deliveryId, at, status } = attempt
      yield { kind: 'webhookAttempt', category: 'recipients', record: asRecord({ delivery: deliveryId, at, status }) }
    }
  },
  async erase(tx, contactIds, decision) {
    // Consent changes tell partners what holds at present: they go with the contact alone.
    if (decision.categories !== null) return nothingErased
    await queueErasureNotices(tx, contactIds, decision.at)
    const where = { contactId: { in: [...contactIds] } }
    const attempts = await tx.webhookAttempt.deleteMany({ where })
    const deliveries = await tx.webhookDelivery.deleteMany({ where })
    const changes = await tx.consentChange.deleteMany({ where })
    return {
      ...nothingErased,
      erased: { ConsentChange: changes.count, WebhookDelivery: deliveries.count, WebhookAttempt: attempts.count },
    }
  },
}
