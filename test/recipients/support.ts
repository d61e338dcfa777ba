import { randomUUID } from 'node:crypto'
import { createPoster } from '../../src/modules/deliveries/sending/post.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { noteRectifications } from '../../src/modules/recipients/rectified.ts'
import { tellNext } from '../../src/modules/recipients/tell.ts'
import { startPartner } from '../deliveries/partner.ts'
import { openDesk } from '../orders/support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the fields
type Notice = any

export type Office = Awaited<ReturnType<typeof openOffice>>

/** An app with a partner that has a program and a server, and short ways to do what tests of recipients do all the time. */
export async function openOffice() {
  const partner = await startPartner()
  const desk = await openDesk({ webhooks: { allowPrivate: true, giveUpAfter: 3_600_000, ca: partner.ca } })
  await desk.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
    input: {
      ...{ key: 'newsletter', grounds: ['CONTRACT'], recipients: ['Printers Ltd', 'shop'] },
      names: [{ language: 'en', text: 'Newsletter' }],
    },
  })
  let count = 0
  const work = () => ({
    ...desk.work,
    ...hooksOf(modules),
    requestId: randomUUID(),
    webhooks: { allowPrivate: true, giveUpAfter: 3_600_000, ca: partner.ca },
  })
  const endpoint = async (client: string, path: string): Promise<string> => {
    const creation = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } secret } }'
    const input = { client, url: `${partner.url}${path}`, purposes: ['newsletter'] }
    const { createWebhook } = await desk.ask(creation, { input })
    partner.expectSigned(path, createWebhook.secret)
    return createWebhook.webhook.id
  }
  return {
    desk,
    partner,
    work,
    /** A further endpoint of a client at the partner's server. Returns its id. */
    endpoint,
    /** Somebody with an address of their own. */
    contact: () =>
      desk.contact({ givenName: 'Ida', familyName: 'Old', emails: [{ address: `ida-${++count}@old.example` }] }),
    read: (id: string, fields: string, key: string) =>
      desk.send(`query ($id: ID!) { contact(id: $id) { ${fields} } }`, { id }, key),
    /** Waits until the log's tree has what was changed, and then looks through it as the worker does. */
    look: async () => {
      await desk.integrated()
      while (await noteRectifications(work(), 0));
    },
    tell: async (pace = {}) => {
      const poster = createPoster(work().webhooks)
      while (await tellNext(work(), poster, new AbortController().signal, pace));
      poster.close()
    },
    rename: async (id: string, change: object = { familyName: 'New' }) => {
      const { contact: current } = await desk.ask('query ($id: ID!) { contact(id: $id) { version } }', { id })
      await desk.ask('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
        input: { id, version: current.version, ...change },
      })
    },
    notices: async (id: string): Promise<Notice[]> => {
      const { recipientNotices } = await desk.ask(
        `query ($id: ID!) { recipientNotices(contact: $id) {
          edges { node { id kind recipient fields record changedAt state how toldAt fault } } } }`,
        { id },
      )
      return recipientNotices.edges.map(({ node }: { node: object }) => node)
    },
    messagesOf: (id: string) => partner.received.filter(({ body }) => body.data.contact === id),
    close: async () => {
      await desk.close()
      await partner.close()
    },
  }
}
