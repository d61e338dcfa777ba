import { randomUUID } from 'node:crypto'
import type { ParsedMail } from 'mailparser'
import { expect } from 'vitest'
import type { Config } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { startMailSender } from '../../src/mail/sender.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { contactMailRules } from '../../src/modules/mails/rules.ts'
import { startMailServer } from '../mail/mail-server.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { wholeContact } from '../support/erasure.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type Desk = Awaited<ReturnType<typeof openDesk>>

export const officer = 'dpo@example.org'

const texts = (de: string, en: string) => [
  { language: 'de', text: de },
  { language: 'en', text: en },
]

/** An app that sends mails, purposes, and short ways to do what these tests do all the time. */
export async function openDesk(config: Partial<Config> = {}) {
  const server = await startMailServer()
  const mail = { smtpUrl: server.url, from: 'Lethe <lethe@crm.example>' }
  const organisation = { controller: 'Musterfirma GmbH', dataProtectionOfficer: `Dr. Muster\n${officer}` }
  const app = await startTestApp({ config: { mail, organisation, ...config } })
  const work: WorkContext = {
    ...app.work,
    ...hooksOf(modules),
    requestId: randomUUID(),
    mail: true,
    publicUrl: app.url,
  }
  const notifications = await listenToDatabase(app.config.databaseUrl ?? '', app.work.log)
  const sender = startMailSender({
    ...{ database: app.database, secrets: app.work.secrets, keys: app.work.keys, log: app.work.log },
    ...{ mail, grace: 2000, notifications, rules: contactMailRules(work) },
  })
  const token = await app.signIn()
  const ask = async (query: string, variables: object = {}): Promise<Data> => {
    const { data, errors } = await app.graphql(query, variables, token)
    expect(errors?.map((error) => error.message)).toBeUndefined()
    return data
  }
  const fail = async (query: string, variables: object = {}, key = token): Promise<Data> => {
    const { errors } = await app.graphql(query, variables, key)
    return errors?.[0]?.extensions
  }
  await makeRegister(ask)
  let count = 0
  return {
    ...app,
    server,
    work,
    token,
    ask,
    fail,
    /** A new contact, with an address that nobody else has. */
    person: async (input: object = {}): Promise<{ id: string; uuid: string; email: string }> => {
      const email = `person${++count}@example.org`
      const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
      const all = { givenName: 'Ida', familyName: 'Muster', emails: [{ address: email }], ...input }
      const { id } = (await ask(create, { input: all })).createContact
      return { id, uuid: Buffer.from(id, 'base64').toString().split(':')[1] ?? '', email }
    },
    /** The address of a link that is handed over. */
    handOver: async (contactId: string): Promise<string> => {
      const create = 'mutation ($input: CreateSelfServiceLinkInput!) { createSelfServiceLink(input: $input) { url } }'
      return (await ask(create, { input: { contactId, handOver: true } })).createSelfServiceLink.url
    },
    /** Erases a contact by the book. */
    erase: async (uuid: string): Promise<void> => {
      await transact({ ...work, actor: { kind: 'system', id: null } }, 'erase', async (tx) => {
        for (const { personalData } of modules.toReversed()) {
          if (personalData !== 'none') await personalData.erase(tx, [uuid], wholeContact(), work)
        }
      })
      await app.work.keys.destroy([uuid])
    },
    close: async () => {
      await sender.close()
      await notifications.close()
      await app.close()
      await server.close()
    },
  }
}

async function makeRegister(ask: Desk['ask']) {
  const create = 'mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }'
  const newsletter = {
    ...{ key: 'newsletter', names: texts('Rundbrief', 'Newsletter'), grounds: ['CONSENT'] },
    ...{ descriptions: texts('Neues aus dem Haus', 'News of the house'), recipients: ['Druckerei Muster'] },
    ...{ dataCategories: ['Namen, Anschriften'] },
  }
  const [first] = (await ask('{ retentionClasses { key } }')).retentionClasses
  await ask(create, { input: { ...newsletter, retentionClass: first.key } })
  const grounds = ['CONSENT', 'CONTRACT', 'LEGITIMATE_INTERESTS']
  await ask(create, { input: { key: 'advice', names: texts('Beratung', 'Advice'), grounds } })
  const notice = texts('Wir schreiben Ihnen <einmal> im Monat.', 'We write to you <once> a month.')
  const publish =
    'mutation ($p: String!, $t: [LocalizedTextInput!]!) { publishNotice(purpose: $p, texts: $t) { version } }'
  await ask(publish, { p: 'newsletter', t: notice })
}

let networks = 0
/** An address that nobody came from before. */
export const newNetwork = (): string => `10.${(networks >> 16) & 255}.${(networks >> 8) & 255}.${networks++ & 255}`

/** What came back, as a reader sees it. */
export type Page = { status: number; body: string; headers: Headers; location: string }

/** A browser without scripts: keeps cookies, and sends the forms that pages have. */
export function browse({ app, url }: Pick<TestApp, 'app' | 'url'>, options: { language?: string } = {}) {
  const cookies = new Map<string, string>()
  const address = newNetwork()
  const send = async (path: string, init: RequestInit = {}): Promise<Page> => {
    const headers = new Headers(init.headers)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (cookie) headers.set('cookie', cookie)
    if (!headers.has('accept-language')) headers.set('accept-language', options.language ?? 'en')
    const request = new Request(new URL(path, url), { redirect: 'manual', ...init, headers })
    const response = await app.fetch(request, { address, secure: true })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [name = '', ...value] = pair.split('=')
      if (/max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value.join('='))
    }
    const location = response.headers.get('location') ?? ''
    return { status: response.status, body: await response.text(), headers: response.headers, location }
  }
  const post = (path: string, fields: Record<string, string | string[]>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams(
      Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
    )
    const own = { origin: new URL(url).origin, 'sec-fetch-site': 'same-origin' }
    return send(path, { method: 'POST', body, headers: { ...own, ...headers } })
  }
  const get = (path: string, headers: Record<string, string> = {}) => send(path, { headers })
  return {
    cookies,
    get,
    post,
    send,
    /** Fills in a form of a page, and goes where the answer leads. */
    submit: async (page: Page, action: string, fields: Record<string, string | string[]> = {}, nth = 0) => {
      const answer = await post(action, { ...formIn(page, action, nth), ...fields })
      return answer.status === 303 ? get(answer.location) : answer
    },
    /** Comes by a link. */
    enter: async (link: string): Promise<Page> => {
      const page = await get(link)
      const answer = await post('/my/link', formIn(page, '/my/link'))
      expect(answer.status).toBe(303)
      return get('/my')
    },
  }
}

/** The fields that a form of a page has already. */
export function formIn({ body }: Pick<Page, 'body'>, action: string, nth = 0): Record<string, string> {
  const forms = [...body.matchAll(/<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)].filter(([, to]) => to === action)
  const inputs = forms[nth]?.[2] ?? ''
  expect(forms.length, `a form to ${action}`).toBeGreaterThan(nth)
  return Object.fromEntries(
    [...inputs.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  )
}

/** The words of a page. */
export const wordsOf = ({ body }: Pick<Page, 'body'>): string =>
  body
    .replace(/<style>.*?<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')

/** The link in a mail. */
export const linkIn = ({ text }: ParsedMail): string => /https:\S+/.exec(text ?? '')?.[0] ?? ''

/** The code in a mail. */
export const codeIn = ({ text }: ParsedMail): string => /\b\d{4} \d{4}\b/.exec(text ?? '')?.[0] ?? ''
