import { encodeGlobalID } from '@pothos/plugin-relay'
import type { WebhookAttempt } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { guardedLookUp } from '../../../graphql/look-up.ts'
import { findContact } from '../../contacts/sight.ts'
import { type ChangeKind, isChangeKind } from '../changes/kinds.ts'
import { changesRight } from '../feed/stream.ts'
import type { ChangeKindType } from '../feed/types.ts'
import type { Delivery } from './list-deliveries.ts'
import { attemptsOf, changeOf } from './loader.ts'
import { right } from './webhooks.ts'

/** The types of webhooks and deliveries. */
export type WebhookTypes = ReturnType<typeof addWebhookTypes>

/** What becomes of a delivery, as it is stored. */
export type DeliveryState = 'queued' | 'sending' | 'delivered' | 'dead' | 'cancelled'

const auth = { read: right }

/** Adds webhooks, and what was delivered to them. */
export function addWebhookTypes(builder: Builder, kind: ChangeKindType) {
  const webhook = addWebhook(builder, kind)
  const state = builder.enumType('WebhookDeliveryState', {
    description: 'What became of a delivery.',
    values: {
      QUEUED: { value: 'queued', description: 'It waits for its first try or the next.' },
      SENDING: { value: 'sending', description: 'It is on its way.' },
      DELIVERED: { value: 'delivered', description: 'The recipient’s server took it.' },
      DEAD: {
        value: 'dead',
        description: 'Nobody tries any more: a dead letter, until somebody lets it be delivered again.',
      },
      CANCELLED: {
        value: 'cancelled',
        description:
          'The webhook was deleted or isn’t told of that purpose any more, or knows of something newer (`SUPERSEDED`).',
      },
    } as const satisfies Record<string, { value: DeliveryState; description: string }>,
  })
  const attempt = addAttempt(builder)
  const delivery = builder.objectRef<Delivery>('WebhookDelivery').implement({
    description: 'A change, or the erasure of a contact, on its way to a webhook, and what became of it.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'Its identity.',
        resolve: ({ id }) => encodeGlobalID('WebhookDelivery', id),
      }),
      webhook: t.prismaField({
        type: webhook,
        nullable: false,
        description: 'Where it goes; perhaps one that has been deleted.',
        resolve: (query, { webhookId }, _args, { database }) =>
          database.webhook.findUniqueOrThrow({ ...query, where: { id: webhookId } }),
      }),
      changeId: t.exposeID('changeId', {
        nullable: false,
        description: 'The `id` of the change, and the `webhook-id` of every try.',
      }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Whom it is about. Null if they were erased.',
        resolve: (query, { contactId }, _args, context) => (contactId ? findContact(context, query, contactId) : null),
      }),
      kind: t.field({
        type: kind,
        nullable: true,
        auth: { read: changesRight },
        description: 'What happened. Null: the contact was erased.',
        resolve: async (one, _args, context) => {
          const its = (await changeOf(context, one))?.kind
          return its && isChangeKind(its) ? its : null
        },
      }),
      purpose: t.string({
        nullable: true,
        auth: { read: changesRight },
        description: 'The key of the purpose. Null: the contact was erased.',
        resolve: async (one, _args, context) => (await changeOf(context, one))?.purposeKey ?? null,
      }),
      isErasure: t.boolean({
        nullable: false,
        description: 'Whether it tells that a contact was erased (`contact.erased`), rather than of a change.',
        resolve: ({ contactId }) => contactId === null,
      }),
      state: t.field({
        type: state,
        nullable: false,
        description: 'What became of it.',
        resolve: ({ state: its }) => its as DeliveryState,
      }),
      attempts: t.exposeInt('attempts', { nullable: false, description: 'How often it was tried.' }),
      tries: t.field({
        type: [attempt],
        nullable: false,
        description: 'The tries of the last 30 days, in the order of time; none of erasures.',
        resolve: (one, _args, context) => attemptsOf(context, one),
      }),
      nextTryAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it is tried next, if it waits for that.',
        resolve: ({ state: its, dueAt }) => (its === 'queued' ? dueAt : null),
      }),
      fault: t.exposeString('fault', {
        nullable: false,
        description:
          'Why the last try failed: `HTTP 500`, `TIMEOUT`, `PRIVATE_ADDRESS`, or a code of the network. Empty if it did not.',
      }),
      perhapsTwice: t.exposeBoolean('perhapsTwice', {
        nullable: false,
        description: 'Whether the recipient may have got it more than once, with the same `webhook-id`.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was queued.' }),
      finishedAt: t.expose('finishedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was delivered, given up or cancelled.',
      }),
    }),
  })
  return { webhook, delivery, state }
}

const addAttempt = (builder: Builder) =>
  builder.objectRef<WebhookAttempt>('WebhookAttempt').implement({
    description: 'One try to deliver.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime', nullable: false, description: 'When it ended.' }),
      status: t.exposeInt('status', { nullable: true, description: 'The HTTP status; null if there was no answer.' }),
      duration: t.exposeInt('duration', { nullable: false, description: 'How long it took, in milliseconds.' }),
      fault: t.exposeString('fault', { nullable: false, description: 'Why it failed; empty if it did not.' }),
    }),
  })

const addWebhook = (builder: Builder, kind: ChangeKindType) =>
  builder.prismaNode('Webhook', {
    description: 'Where a client is told of changes of legal grounds, by Standard Webhooks (standardwebhooks.com).',
    auth,
    id: { field: 'id', description: 'Its identity across the whole API.' },
    nullable: true,
    findUnique: guardedLookUp(right),
    fields: (t) => ({
      client: t.relation('client', { nullable: true, auth: { read: 'identity.clients' }, description: 'Whose it is.' }),
      url: t.exposeString('url', { nullable: false, description: 'Where messages are posted.' }),
      purposes: t.exposeStringList('purposes', {
        nullable: false,
        description: 'The keys of the purposes of which it is told.',
      }),
      events: t.field({
        type: [kind],
        nullable: false,
        description: 'What it is told of; none: everything.',
        select: { events: true },
        resolve: ({ events }): ChangeKind[] => events.filter(isChangeKind),
      }),
      emailHashes: t.exposeBoolean('emailHashes', {
        nullable: false,
        description:
          'Whether keyed hashes of the contact’s e-mail addresses go along, by which a recipient knows persons whose address it has.',
      }),
      secretMadeAt: t.expose('secretMadeAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When its secret was made.',
      }),
      formerSecretUntil: t.expose('formerUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'Until when the secret before it signs as well.',
      }),
      disabledAt: t.expose('disabledAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when nothing is sent; what happens meanwhile waits.',
      }),
      disabledBecause: t.string({
        nullable: true,
        description: '`GONE`: its server answered 410. `STAFF`: somebody disabled it.',
        select: { disabledBecause: true },
        resolve: ({ disabledBecause }) => disabledBecause.toUpperCase() || null,
      }),
      deletedAt: t.expose('deletedAt', { type: 'DateTime', nullable: true, description: 'When it was deleted.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was made.' }),
    }),
  })
