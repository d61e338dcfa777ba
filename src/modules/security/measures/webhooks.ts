import { Prisma } from '#prisma/client.ts'
import type { Measure } from '../measure.ts'
import { found, tally } from '../tally.ts'

// Webhooks that are in use, each with how many of its messages nobody tries to deliver any more.
const webhooks = Prisma.sql`(
  SELECT w.client_id AS subject, w.disabled_because, w.secret_made_at,
    EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'dead') AS dead
  FROM webhook w WHERE w.deleted_at IS NULL) webhook`

/** Recipients hear of withdrawals (Art. 7(3), 19 GDPR), and nobody else speaks in our name. */
export const recipientsTold: Measure = {
  key: 'webhooks',
  title: { de: 'Benachrichtigung der Empfänger', en: 'Telling recipients' },
  description: {
    de: 'Empfänger erfahren von Widerrufen und Widersprüchen durch signierte Nachrichten über verifiziertes TLS.',
    en: 'Recipients are told of withdrawals and objections by signed messages over verified TLS.',
  },
  checkEvery: 90,
  look: async ({ database }) => {
    const { dead, gone, old } = await tally(database, webhooks, {
      dead: Prisma.sql`dead`,
      gone: Prisma.sql`disabled_because = 'gone'`,
      old: Prisma.sql`secret_made_at < now() - interval '1 year'`,
    })
    const findings = found(
      {
        text: {
          de: 'Webhooks mit Nachrichten, die niemand mehr zuzustellen versucht: Ursache beheben, dann erneut zustellen (redeliver).',
          en: 'Webhooks with messages that nobody tries to deliver any more: mend the cause, then let them be delivered again (redeliver).',
        },
        count: dead.count,
        clients: dead.ids,
        attention: true,
      },
      {
        text: {
          de: 'Webhooks, deren Server sagt, es gebe ihn nicht mehr: die Adresse ändern oder den Webhook löschen.',
          en: 'Webhooks whose server says that it is gone: change the address, or delete the webhook.',
        },
        count: gone.count,
        clients: gone.ids,
        attention: true,
      },
      {
        text: {
          de: 'Geheimnisse von Webhooks, die älter als ein Jahr sind: wechseln (rotateWebhookSecret).',
          en: 'Secrets of webhooks that are older than a year: rotate them (rotateWebhookSecret).',
        },
        count: old.count,
        clients: old.ids,
        attention: true,
      },
    )
    return { findings }
  },
}
