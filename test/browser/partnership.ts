import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { expect } from 'vitest'
import { type Shop, type ShopSettings, startShop } from '../fixtures/partner-site/server.ts'
import { certificateFor, type MailServer, startMailServer } from '../mail/mail-server.ts'
import { freshDatabase } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { lethe } from '../support/lethe.ts'
import { openBrowser, type RemovableBrowser } from './browser.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

/** A process of the product, a partner's site with a page and a server, a mail server, and a browser. */
export type Partnership = {
  lethe: string
  shop: Shop
  settings: ShopSettings
  /** The shop's client in Lethe. */
  client: string
  mails: MailServer
  browser: RemovableBrowser
  /** Sends an operation as the administrator. */
  ask: (query: string, variables?: object) => Promise<Data>
  close: () => Promise<void>
}

const admin = { email: 'ada@example.org', password: 'correct horse battery staple' }

/** Starts all of it, everything over TLS that is verified. */
export async function startPartnership(): Promise<Partnership> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-partnership-'))
  const [mails, certificate, databaseUrl] = await Promise.all([
    startMailServer(),
    certificateFor('localhost'),
    freshDatabase(),
  ])
  const shop = await startShop({ key: certificate.private, cert: certificate.cert })
  const run = lethe(['serve'], {
    LETHE_DATA: folder,
    PORT: '0',
    ...databaseEnvironment(databaseUrl),
    LETHE_ADMIN_EMAIL: admin.email,
    LETHE_ADMIN_PASSWORD: admin.password,
    LETHE_SMTP_URL: mails.url,
    LETHE_MAIL_FROM: 'Lethe <lethe@lethe.example>',
    LETHE_CONTROLLER: 'Musterfirma GmbH\nHauptstraße 1, 12345 Musterstadt',
    LETHE_WEBHOOK_PRIVATE: 'true',
    LETHE_WEBHOOK_CA: certificate.cert,
  })
  const [, url = ''] = await run.says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  const ca = await readFile(join(folder, 'tls', 'certificate.pem'), 'utf8')
  tls.setDefaultCACertificates([ca, certificate.cert])

  const send = async (query: string, variables: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = await response.json()
    expect(errors).toBeUndefined()
    return data
  }
  const signedIn = await send(
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }',
    admin,
  )
  const ask = (query: string, variables: object = {}) => send(query, variables, signedIn.signIn.token)
  const { client, ...partner } = await becomePartners(ask, shop.url)
  const settings = { lethe: url, language: 'en', ...partner }
  shop.open(settings)
  const browser = await openBrowser(ca, certificate.cert)
  const close = async () => {
    run.child.kill('SIGTERM')
    await Promise.all([browser.remove(), shop.close(), mails.close(), run.done])
    await rm(folder, { recursive: true, force: true })
  }
  return { lethe: url, shop, settings, client, mails, browser, ask, close }
}

/** What an administrator does for a partner: purposes with notices, a client with scopes and keys, and an endpoint for webhooks. */
async function becomePartners(ask: Partnership['ask'], origin: string) {
  for (const { key, en, de, notice } of purposes) {
    const texts = (english: string, german: string) => [
      { language: 'en', text: english },
      { language: 'de', text: german },
    ]
    const input = {
      key,
      names: texts(en, de),
      descriptions: texts(`${en}, from us.`, `${de} von uns.`),
      grounds: ['CONSENT'],
    }
    await ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', { input })
    await ask(
      'mutation ($key: String!, $texts: [LocalizedTextInput!]!) { publishNotice(purpose: $key, texts: $texts) { version } }',
      { key, texts: texts(`${notice.en}\n`.repeat(12), `${notice.de}\n`.repeat(12)) },
    )
  }
  const input = { name: 'The corner shop', kind: 'PARTNER', origins: [origin] }
  const made = await ask('mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }', { input })
  const client = made.createClient.id
  for (const right of scopes)
    await ask(
      'mutation ($client: ID!, $right: String!) { grantScope(client: $client, right: $right, read: true, write: true) { id } }',
      { client, right },
    )
  const keyOf = async (kind: string): Promise<string> => {
    const mutation =
      'mutation ($client: ID!, $kind: ClientKeyKind!) { createClientKey(client: $client, kind: $kind) { key } }'
    return (await ask(mutation, { client, kind })).createClientKey.key
  }
  const webhook = { client, url: `${origin}/webhooks`, purposes: purposes.map(({ key }) => key) }
  const { createWebhook } = await ask(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }',
    { input: webhook },
  )
  return {
    client,
    publishableKey: await keyOf('PUBLISHABLE'),
    secretKey: await keyOf('SECRET'),
    webhookSecret: createWebhook.secret,
    purposes: purposes.map(({ key }) => key),
  }
}

const scopes = ['consent.consents', 'consent.purpose.newsletter', 'consent.purpose.events']

const purposes = [
  {
    key: 'newsletter',
    en: 'Newsletter',
    de: 'Newsletter',
    notice: {
      en: 'We process your e-mail address to send you our newsletter.',
      de: 'Wir verarbeiten Ihre E-Mail-Adresse, um Ihnen unseren Newsletter zu schicken.',
    },
  },
  {
    key: 'events',
    en: 'Invitations to events',
    de: 'Einladungen zu Veranstaltungen',
    notice: {
      en: 'We process your e-mail address to invite you.',
      de: 'Wir verarbeiten Ihre E-Mail-Adresse, um Sie einzuladen.',
    },
  },
]
