import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { pageById } from '../../../graphql/page-by-id.ts'
import { listDeliveries } from './list-deliveries.ts'
import type { WebhookTypes } from './types.ts'
import { right } from './webhooks.ts'

/** Adds reading webhooks and what was delivered to them. */
export function addWebhookQueries(builder: Builder, { webhook, delivery, state }: WebhookTypes): void {
  const auth = { read: right }
  const filter = builder.inputType('WebhookDeliveryFilter', {
    description: 'Which deliveries.',
    auth,
    fields: (t) => ({
      state: t.field({ type: state, description: 'Only those of which this became: `DEAD` for dead letters.' }),
      webhook: t.id({ description: 'Only to this webhook.' }),
      contact: t.id({ auth: { read: 'contacts.contact' }, description: 'Only about this contact.' }),
    }),
  })
  builder.queryFields((t) => ({
    webhooks: t.connection(
      {
        type: webhook,
        nullable: true,
        description: 'All webhooks that have not been deleted, the oldest first.',
        auth,
        resolve: (_root, args, { database }) =>
          pageById(args, ({ where, ...page }) =>
            database.webhook.findMany({ ...page, where: { ...where, deletedAt: null } }),
          ),
      },
      { name: 'WebhookConnection' },
      { name: 'WebhookEdge' },
    ),
    webhookDeliveries: t.connection(
      {
        type: delivery,
        nullable: true,
        description: 'What was and is to be delivered to webhooks, the newest first; only about contacts that you see.',
        auth,
        args: { filter: t.arg({ type: filter, description: 'Which; by default all.' }) },
        resolve: (_root, { filter: wanted, ...page }, context) =>
          listDeliveries(
            context,
            {
              webhookId: wanted?.webhook ? uuidOf('Webhook', wanted.webhook) : undefined,
              contactId: wanted?.contact ? uuidOf('Contact', wanted.contact) : undefined,
              state: wanted?.state ?? undefined,
            },
            page,
          ),
      },
      { name: 'WebhookDeliveryConnection' },
      { name: 'WebhookDeliveryEdge' },
    ),
  }))
}
