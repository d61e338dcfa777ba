import type { Builder } from '../../../graphql/builder.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { changesRight } from '../feed/stream.ts'
import type { ChangeKindType } from '../feed/types.ts'
import type { PostOutcome } from '../sending/post.ts'
import { mostRedelivered, redeliver } from './redeliver.ts'
import { addressKey } from './secret.ts'
import type { WebhookTypes } from './types.ts'
import {
  createWebhook,
  deleteWebhook,
  type IssuedSecret,
  longestOverlap,
  right,
  rotateWebhookSecret,
  testWebhook,
  updateWebhook,
} from './webhooks.ts'

const auth = { read: right, write: right } // Whoever may not see what came of it may not do it.
// Whoever says where what is told goes could send it to themselves: they have to be allowed to hear it.
const told = { read: changesRight, write: right }
const known = { read: 'contacts.email', write: right }
const mostNamed = 500

/** Adds making, changing and trying webhooks, and letting dead letters be delivered again. */
export function addWebhookMutations(builder: Builder, types: WebhookTypes, kind: ChangeKindType): void {
  const { webhook } = types
  const { create, update } = addInputs(builder, kind)
  const issued = addIssued(builder, webhook)
  const outcome = addOutcome(builder)
  builder.mutationFields((t) => ({
    createWebhook: t.field({
      type: issued,
      nullable: true,
      description:
        'Lets a client be told of changes of legal grounds. You need to hold `deliveries.changes` for all contacts yourself, ' +
        'and with `emailHashes` to read `contacts.email`.',
      auth,
      args: { input: t.arg({ type: create, required: true, description: 'The webhook to be.' }) },
      resolve: (_root, { input: { client, ...draft } }, context) =>
        createWebhook(context, uuidOf('Client', client), draft),
    }),
    updateWebhook: t.prismaField({
      type: webhook,
      nullable: true,
      description: 'Changes a webhook. You need to hold what it takes to make it.',
      auth,
      args: {
        id: t.arg.id({ required: true, description: 'The webhook.' }),
        input: t.arg({ type: update, required: true, description: 'What is absent stays as it is.' }),
      },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('Webhook', args.id)
        await updateWebhook(context, id, args.input)
        return context.database.webhook.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    deleteWebhook: t.prismaField({
      type: webhook,
      nullable: true,
      description: 'Ends a webhook for good; what has not been sent isn’t any more. Who was told of whom stays known.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The webhook.' }) },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('Webhook', args.id)
        await deleteWebhook(context, id)
        return context.database.webhook.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    rotateWebhookSecret: t.field({
      type: issued,
      nullable: true,
      description: 'Makes a new secret. For a while messages have two signatures, also that of the former one.',
      auth,
      args: {
        id: t.arg.id({ required: true, description: 'The webhook.' }),
        overlapHours: t.arg.float({
          defaultValue: 24,
          description: `For how many hours both sign: 0 to ${longestOverlap}.`,
        }),
      },
      resolve: (_root, { id, overlapHours }, context) =>
        rotateWebhookSecret(context, uuidOf('Webhook', id), overlapHours ?? 24),
    }),
    testWebhook: t.field({
      type: outcome,
      nullable: true,
      description:
        'Sends a message of the type `webhook.test`, with nobody’s data, once and at once; also to one that is disabled.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The webhook.' }) },
      resolve: (_root, { id }, context) => testWebhook(context, uuidOf('Webhook', id)),
    }),
    redeliver: t.int({
      nullable: true,
      description:
        'Lets dead letters be delivered again, with the ids that they had; not those after which the webhook got something newer about ' +
        'the same contact and purpose, which are cancelled. Answers how many there are to deliver, at most ' +
        `${mostRedelivered} at a time, the oldest first. The log tells of each.`,
      auth,
      args: {
        webhook: t.arg.id({ description: 'All of this webhook; or …' }),
        deliveries: t.arg.idList({ description: `… these, at most ${mostNamed}.` }),
      },
      resolve: (_root, { webhook: its, deliveries }, context) => {
        if (Boolean(its) === Boolean(deliveries) || (deliveries && deliveries.length > mostNamed)) {
          const message = `Give either this or "deliveries", of which there may be ${mostNamed}.`
          throw invalidInput([{ field: 'webhook', message }])
        }
        return redeliver(context, {
          webhookId: its ? uuidOf('Webhook', its) : undefined,
          ids: deliveries?.map((id) => uuidOf('WebhookDelivery', id)),
        })
      },
    }),
  }))
}

const addIssued = (builder: Builder, webhook: WebhookTypes['webhook']) =>
  builder.objectRef<IssuedSecret>('IssuedWebhookSecret').implement({
    description: 'A secret of a webhook that was made.',
    auth: 'public', // What leads here has its own right.
    fields: (t) => ({
      secret: t.exposeString('secret', {
        nullable: false,
        description: 'Signs messages: `whsec_…`. Hand it over safely: it is shown only this once.',
      }),
      addressKey: t.string({
        nullable: true,
        auth: { read: 'contacts.email' },
        description:
          'The key of `emailHashes`, base64: HMAC-SHA-256 of the address in lower case. It stays when the secret is rotated.',
        resolve: ({ id }, _args, { secrets }) => addressKey(secrets, id),
      }),
      webhook: t.prismaField({
        type: webhook,
        nullable: true,
        auth: { read: right },
        description: 'Whose it is.',
        resolve: (query, { id }, _args, { database }) => database.webhook.findUnique({ ...query, where: { id } }),
      }),
    }),
  })

const addOutcome = (builder: Builder) =>
  builder.objectRef<PostOutcome>('WebhookTest').implement({
    description: 'What came of trying a webhook.',
    auth: 'public', // What leads here has its own right.
    fields: (t) => ({
      delivered: t.boolean({
        nullable: false,
        description: 'Whether its server took the message.',
        resolve: ({ fault }) => fault === '',
      }),
      status: t.exposeInt('status', { nullable: true, description: 'The HTTP status; null if there was no answer.' }),
      duration: t.exposeInt('duration', { nullable: false, description: 'How long it took, in milliseconds.' }),
      fault: t.exposeString('fault', { nullable: false, description: 'Why it failed; empty if it did not.' }),
    }),
  })

function addInputs(builder: Builder, kind: ChangeKindType) {
  const create = builder.inputType('CreateWebhookInput', {
    description: 'A webhook to be.',
    auth,
    fields: (t) => ({
      client: t.id({ required: true, description: 'Who is told.' }),
      url: t.string({ required: true, auth: told, description: texts.url }),
      purposes: t.stringList({ required: true, auth: told, description: texts.purposes }),
      events: t.field({ type: [kind], auth: told, description: texts.events }),
      emailHashes: t.boolean({ auth: known, description: texts.hashes }),
    }),
  })
  const update = builder.inputType('UpdateWebhookInput', {
    description: 'What to change about a webhook.',
    auth,
    fields: (t) => ({
      url: t.string({ auth: told, description: texts.url }),
      purposes: t.stringList({ auth: told, description: texts.purposes }),
      events: t.field({ type: [kind], auth: told, description: texts.events }),
      emailHashes: t.boolean({ auth: known, description: texts.hashes }),
      enabled: t.boolean({
        description: 'False: nothing is sent until it is true again; what happens meanwhile waits.',
      }),
    }),
  })
  return { create, update }
}

const texts = {
  url: 'Where messages are posted: `https://shop.example/consent`.',
  purposes: 'The keys of the purposes of which it is told, whoever the contact is.',
  events: 'What it is told of; absent or empty: everything.',
  hashes:
    'Whether keyed hashes of the contact’s e-mail addresses go along, by which the recipient knows persons whose address it has. ' +
    'The client needs the scope to read `contacts.email`, also at the moment of sending.',
}
