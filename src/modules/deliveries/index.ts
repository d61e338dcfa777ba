import { defineModule } from '../module.ts'
import { describeWebhook } from './audited.ts'
import { recordChanges } from './changes/record.ts'
import { addChangeFeed, addChangeKind } from './feed/types.ts'
import { deliveriesData } from './personal-data.ts'
import { changes, webhooks } from './sending/queue.ts'
import { startWebhookSender } from './sending/sender.ts'
import { addWebhookMutations } from './webhooks/mutations.ts'
import { addWebhookQueries } from './webhooks/queries.ts'
import { addWebhookTypes } from './webhooks/types.ts'

/**
 * Tells others what happens to legal grounds. In parts:
 *
 * - changes: what there is to tell, noted in the unit of work of what happens
 * - webhooks: where recipients want to be told; sending: the queue, and what works it off
 * - feed: the same as a subscription
 */
export const deliveries = defineModule({
  name: 'deliveries',
  needs: ['identity', 'contacts', 'lawfulness'],
  rights: {
    'deliveries.webhooks':
      'Webhooks, by which recipients are told of changes of legal grounds: see, make and change them, and what was delivered.',
    'deliveries.changes':
      'What happens to legal grounds, as it happens: which contact, which purpose, and how it stands now.',
  },
  personalData: deliveriesData,
  audited: { Webhook: describeWebhook },
  basisListener: recordChanges,
  workers: [{ name: 'webhooks', start: startWebhookSender }],
  queues: [webhooks, changes],
  schema(builder) {
    const kind = addChangeKind(builder)
    const types = addWebhookTypes(builder, kind)
    addWebhookQueries(builder, types)
    addWebhookMutations(builder, types, kind)
    addChangeFeed(builder, kind)
  },
})
