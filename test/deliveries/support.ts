import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Config } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { transact } from '../../src/database/transact.ts'
import { type SenderOptions, startWebhookSender } from '../../src/modules/deliveries/sending/sender.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { modules } from '../../src/modules/index.ts'
import { appendEvents } from '../../src/modules/lawfulness/basis/append.ts'
import { readPurposes } from '../../src/modules/lawfulness/basis/project.ts'
import { restrict } from '../../src/modules/lawfulness/basis/record.ts'
import { startTestApp, type TestApp } from '../support/app.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type Stage = Awaited<ReturnType<typeof startStage>>

/** Quick, so that tests see what takes days otherwise. */
export const quick = { lease: 2000, firstPause: 5, longestPause: 20 }

const recording = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
const objecting = 'mutation ($input: RestrictProcessingInput!) { objectToProcessing(input: $input) { id } }'

/**
 * An app with purposes (`marketing` with the parts `newsletter` and `offers`; `support`), an administrator, and a partner.
 *
 * @param ca Whom webhooks may be signed by.
 */
export async function startStage(ca?: string, config: Partial<Config> = {}) {
  const webhooks = { allowPrivate: true, giveUpAfter: 3_600_000, ca }
  const app: TestApp = await startTestApp({ config: { webhooks, ...config } })
  const token = await app.signIn()
  const ask = async (query: string, variables: object = {}, as: string = token): Promise<Data> => {
    const { data, errors } = await app.graphql(query, variables, as)
    expect(errors).toBeUndefined()
    return data
  }
  const fail = async (query: string, variables: object = {}, as: string = token): Promise<Data> =>
    (await app.graphql(query, variables, as)).errors?.[0]?.extensions
  for (const [key, parent] of [['marketing'], ['newsletter', 'marketing'], ['offers', 'marketing'], ['support']]) {
    await ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
      input: {
        key,
        parent,
        names: [{ language: 'en', text: key }],
        grounds: ['CONSENT', 'CONTRACT', 'LEGITIMATE_INTERESTS'],
      },
    })
  }
  const { createClient } = await ask('mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }', {
    input: { name: 'Shop', kind: 'PARTNER' },
  })
  const create = `mutation ($input: CreateWebhookInput!) {
    createWebhook(input: $input) { secret addressKey webhook { id url purposes events } } }`
  const senders: ReturnType<typeof startWebhookSender>[] = []
  const work = { ...app.work, ...hooksOf(modules), webhooks }
  return {
    ...app,
    token,
    ask,
    fail,
    client: createClient.id as string,
    create,
    /** A webhook of the partner. */
    webhook: async (url: string, input: object = {}): Promise<{ id: string; secret: string; addressKey: string }> => {
      const given = { client: createClient.id, url, purposes: ['marketing', 'newsletter', 'offers'], ...input }
      const { secret, addressKey, webhook } = (await ask(create, { input: given })).createWebhook
      return { id: webhook.id, secret, addressKey }
    },
    contact: async (input: object = {}): Promise<string> =>
      (
        await ask('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', {
          input: { givenName: 'Ida', ...input },
        })
      ).createContact.id,
    give: async (contact: string, purpose = 'newsletter', input: object = {}): Promise<string> =>
      (await ask(recording, { input: { contactId: contact, purpose, ground: 'CONSENT', ...input } })).recordLawfulBasis
        .id,
    object: async (contact: string, purpose = 'newsletter') =>
      (await ask(objecting, { input: { contactId: contact, purpose } })).objectToProcessing.id,
    withdraw: (contact: string, purpose: string) =>
      restrict({ ...work, requestId: randomUUID() }, 'withdrawn', { contactId: uuidIn(contact), purpose }),
    /** Imports this many contacts with consent, and so makes as many events at once. */
    importMany: (number: number, purpose = 'newsletter') =>
      ask('mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created } }', {
        input: {
          format: 'JSONL',
          content: Array.from({ length: number }, () => `{"givenName":"Ada ${++imported}"}`).join('\n'),
          source: 'a fair',
          ground: 'CONSENT',
          purpose,
        },
      }),
    /** Everybody with a ground for a purpose objects, in one unit of work. */
    objectAll: (purposeKey: string) => {
      const context = { ...work, requestId: randomUUID() }
      return transact(context, 'objectToProcessing', async (tx) => {
        const periods = await tx.lawfulBasisPeriod.findMany({ where: { purposeKey, valid: true } })
        const events = periods.map(
          ({ contactId }) => ({ contactId, kind: 'objected', purposeKey, occurredAt: new Date() }) as const,
        )
        await appendEvents(tx, context, events, await readPurposes(tx))
      })
    },
    deliveries: async (filter: object = {}, as?: string): Promise<Data[]> => {
      const query = `query ($filter: WebhookDeliveryFilter) { webhookDeliveries(filter: $filter, first: 500) { edges { node {
        id isErasure state attempts fault perhapsTwice changeId kind purpose nextTryAt finishedAt webhook { id } contact { id }
        tries { status duration fault } } } } }`
      const { webhookDeliveries } = await ask(query, { filter }, as)
      return webhookDeliveries.edges.map(({ node }: Data) => node)
    },
    /** What delivers, with the pace of tests. */
    sender: (options: Partial<SenderOptions> = {}) => {
      const sender = startWebhookSender({ work, grace: 1000, pace: quick, patience: 2000, ...options })
      senders.push(sender)
      return sender
    },
    /** Ends whatever delivers. */
    quiet: async () => {
      for (const sender of senders.splice(0)) await sender.close()
    },
    notified: () => listenToDatabase(app.config.databaseUrl ?? '', app.work.log),
    /** Somebody with a role of these grants, bound to these purposes; a token of theirs. */
    user: async (rights: readonly string[], purposes: readonly string[] = []) => {
      const key = `role-${randomUUID().slice(0, 8)}`
      const { createRole } = await ask('mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }', {
        input: { key, name: key, purposes },
      })
      for (const right of rights) {
        await ask(
          'mutation ($r: ID!, $right: String!) { grantRight(role: $r, right: $right, read: true, write: true) { id } }',
          {
            r: createRole.id,
            right,
          },
        )
      }
      const email = `${key}@example.org`
      const password = 'correct horse battery staple'
      await addUser({ ...work, requestId: randomUUID() }, { name: key, email, password, roles: [key] })
      const signIn = 'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }'
      const { data } = await app.graphql(signIn, { e: email, p: password })
      return { token: data.signIn.token as string, role: createRole.id as string }
    },
  }
}

let imported = 0

/** The UUID in a global id. */
export const uuidIn = (id: string): string => Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
