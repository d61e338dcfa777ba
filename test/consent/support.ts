import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { openContactMessage, openMessage } from '../../src/mail/outbox.ts'
import { grantWishes } from '../../src/modules/consent/wish-worker.ts'
import { modules } from '../../src/modules/index.ts'
import { startTestApp } from '../support/app.ts'
import { wholeContact } from '../support/erasure.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type Partners = Awaited<ReturnType<typeof openPartners>>

export const origin = 'https://shop.example'

const register = [
  { key: 'marketing', directMarketing: true },
  { key: 'newsletter', parent: 'marketing', defaultValidity: 'P2Y' },
  { key: 'events', parent: 'newsletter' },
  { key: 'surveys' },
  { key: 'orders', grounds: ['CONTRACT'] },
  { key: 'allergies', specialCategories: true },
]

const outcome = 'purpose state error { code message documentation } record recordPayload'
export const queries = {
  give: `mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { token outcomes { ${outcome} } } }`,
  confirm: `mutation ($input: ConfirmConsentInput!) { confirmConsent(input: $input) { token outcomes { ${outcome} } } }`,
  withdraw: `mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { token outcomes { ${outcome} } } }`,
  refuse: `mutation ($input: RefuseConsentInput!) { refuseConsent(input: $input) { token outcomes { ${outcome} } } }`,
  fields: 'mutation ($input: UpdateOwnFieldsInput!) { updateOwnFields(input: $input) { fields proposed } }',
}

export type Act = keyof typeof queries

/** Whoever calls: with a key from a page or from a server, as the administrator, or as nobody. */
export type Caller = { key?: string; page?: string; address?: string }

/** An app that can send mails, with purposes, notices, and a partner's page and server. */
export async function openPartners() {
  const mail = { smtpUrl: 'smtp://127.0.0.1:1', from: 'Lethe <lethe@crm.example>' }
  const organisation = {
    controller: 'Musterfirma GmbH\nHauptstraße 1\n12345 Musterstadt',
    dataProtectionOfficer: 'dpo@crm.example',
    storageLocations: ['Rechenzentrum Falkenstein, DE'],
    jurisdiction: 'DE',
  }
  const app = await startTestApp({ config: { mail, organisation } })
  const administrator = await app.signIn()
  const ask = async (query: string, variables: object = {}, token = administrator): Promise<Data> => {
    const { data, errors } = await app.graphql(query, variables, token)
    expect(errors).toBeUndefined()
    return Object.values(data)[0]
  }
  for (const { key, ...input } of register) {
    const names = [
      { language: 'en', text: `The ${key}` },
      { language: 'de', text: `Das ${key}` },
    ]
    await ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
      input: { key, names, grounds: ['CONSENT', 'LEGITIMATE_INTERESTS'], ...input },
    })
  }
  const publish = (purpose: string, text: string) =>
    ask('mutation ($p: String!, $t: [LocalizedTextInput!]!) { publishNotice(purpose: $p, texts: $t) { version } }', {
      p: purpose,
      t: [
        { language: 'en', text },
        { language: 'de', text: `${text} (de)` },
      ],
    })
  await publish('newsletter', 'We write to you once a month.')

  /** A client with keys for its pages and its server, and these scopes. */
  async function newClient({
    name = 'Shop',
    purposes = ['newsletter', 'events', 'marketing', 'surveys', 'allergies'],
    scopes = ['consent.attest'],
  } = {}) {
    const { id } = await ask('mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }', {
      input: { name, kind: 'PARTNER', origins: [origin] },
    })
    const grant =
      'mutation ($c: ID!, $r: String!, $read: Boolean) { grantScope(client: $c, right: $r, read: $read, write: true) { id } }'
    for (const right of ['consent.consents', ...purposes.map((key) => `consent.purpose.${key}`), ...scopes])
      await ask(grant, { c: id, r: right, read: !right.startsWith('consent.purpose') })
    const make = 'mutation ($c: ID!, $k: ClientKeyKind!) { createClientKey(client: $c, kind: $k) { key } }'
    const page: Caller = { key: (await ask(make, { c: id, k: 'PUBLISHABLE' })).key, page: origin }
    const server: Caller = { key: (await ask(make, { c: id, k: 'SECRET' })).key }
    return { id: id as string, page, server }
  }
  const shop = await newClient()

  async function call(
    query: string,
    variables: object,
    { key, page, address = '127.0.0.1' }: Caller = { key: administrator },
  ) {
    const headers = new Headers({ 'content-type': 'application/json' })
    if (key) headers.set('authorization', `Bearer ${key}`)
    if (page) headers.set('origin', page)
    const body = JSON.stringify({ query, variables })
    const request = new Request(`${app.url}/graphql`, { method: 'POST', headers, body })
    const response = await app.app.fetch(request, { address, secure: true })
    return { headers: response.headers, ...((await response.json()) as { data?: Data; errors?: Data[] }) }
  }
  const send = (act: Act, input: object, caller?: Caller) =>
    call(queries[act], { input: { idempotencyKey: randomUUID(), ...input } }, caller)
  /** What was done, which has to succeed. */
  const done = async (act: Act, input: object, caller?: Caller): Promise<Data> => {
    const { data, errors } = await send(act, input, caller)
    expect(errors).toBeUndefined()
    return Object.values(data)[0]
  }
  const states = async (act: Act, input: object, caller?: Caller): Promise<string[]> =>
    (await done(act, input, caller)).outcomes.map(
      ({ purpose, state, error }: Data) => `${purpose} ${error?.code ?? state}`,
    )
  /** Why it was refused. */
  const failed = async (act: Act, input: object, caller?: Caller): Promise<Data> =>
    (await send(act, input, caller)).errors?.[0]?.extensions

  const queued = async () => {
    const rows = await app.database.outgoingMail.findMany({
      where: { requestId: { not: null } },
      orderBy: { id: 'asc' },
    })
    return rows.flatMap(({ id, message }) => (message ? [openMessage(app.work.secrets, { id, message })] : []))
  }
  return {
    ...app,
    ask,
    call,
    send,
    done,
    states,
    failed,
    publish,
    newClient,
    shop,
    administrator,
    queued,
    /** Mails to a contact, the oldest first: of which kind, to whom, what they say. */
    mailsTo: async (contactId: string) => {
      const rows = await app.database.outgoingMail.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
      const opened = rows.map(async ({ id, kind, message }) => {
        const said = message && (await openContactMessage(app.work.keys, { id, contactId, message }))
        return { kind, to: said?.to, text: said?.text ?? '' }
      })
      return Promise.all(opened)
    },
    /** Lets workers, two at once, take up what was typed to withdraw, as if its time had come. */
    grantWishes: async () => {
      await app.database.$executeRaw`UPDATE consent_wish SET due_at = now() - interval '1 second'`
      const work = { ...app.work, mail: true }
      await Promise.all([grantWishes(work), grantWishes(work)])
    },
    /** Erases a contact in all modules, the last one first. */
    erase: (contactId: string) =>
      transact({ ...app.work, requestId: randomUUID() }, 'erase', async (tx) => {
        for (const { personalData } of modules.toReversed())
          if (personalData !== 'none') await personalData.erase(tx, [contactId], wholeContact(), app.work)
      }),
    /** The token of the newest mail to an address. */
    linkOf: async (address: string): Promise<string> => {
      const mail = (await queued()).findLast(({ to }) => to === address)
      return /[?]t=([\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? ''
    },
    /** Ids of contacts with an address. */
    contactsWith: async (address: string): Promise<string[]> => {
      const points = await app.database.contactPoint.findMany({
        where: { kind: 'email', value: { equals: address, mode: 'insensitive' } },
      })
      return points.map(({ contactId }) => contactId)
    },
    /** What happened to a contact's grounds. */
    events: async (contactId = ''): Promise<string[]> => {
      const rows = await app.database.lawfulBasisEvent.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
      return rows.map(({ kind, purposeKey, actorKind }) => `${kind} ${purposeKey} by ${actorKind}`)
    },
    mayProcess: async (contactId: string, purpose: string): Promise<boolean> =>
      (
        await ask('query ($id: ID!, $p: String!) { contact(id: $id) { mayProcess(purpose: $p) { allowed } } }', {
          id: Buffer.from(`Contact:${contactId}`).toString('base64'),
          p: purpose,
        })
      ).mayProcess.allowed,
    own: async (token: string): Promise<string[]> => {
      const { data } = await call('query ($t: String!) { ownConsents(token: $t) { purpose state } }', { t: token }, {})
      return data.ownConsents.map(({ purpose, state }: Data) => `${purpose} ${state}`)
    },
  }
}

/** The choice of the newsletter, with the text that was shown. */
export const newsletter = { purpose: 'newsletter', notice: { version: 1, language: 'en' } }

export const globalId = (id: string): string => Buffer.from(`Contact:${id}`).toString('base64')
