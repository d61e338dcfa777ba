import { randomBytes, randomUUID } from 'node:crypto'
import type { Answered, Client } from './client.ts'

/** What requests need: who asks, whom it can be about, and who they sign in as. */
export type Caller = {
  client: Client
  /** Of the administrator and of a partner's server: as they are now. */
  token: () => string
  partner: string
  ids: readonly string[]
  /** Those that were entered here: evidence of the others is not sealed, so that no package can be made of it. */
  own: readonly string[]
  email: string
  password: string
}

/** A kind of request: of a thousand requests, so many are of it. */
export type Kind = { name: string; share: number; run: (caller: Caller, index: number) => Promise<Answered> }

const page = '{ edges { node { id displayName customFields { key } emails { address } } } pageInfo { endCursor } }'
const words = ['mül', 'berlin', 'anna', 'schmidt', 'ein', 'weber', 'hans', 'example']
const change = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id version } }'
const outcomes = '{ token outcomes { purpose state } }'

const as = ({ token }: Pick<Caller, 'token'>) => ({ token: token() })
const someone = ({ ids }: Caller, index: number) => ids[(index * 7919) % ids.length] ?? ''
const person = (index: number) => ({ email: `soak-${index}@example.org` })

/** What staff, partners, programs and those who mean harm ask for. */
export const kinds: readonly Kind[] = [
  { name: 'list', share: 180, run: (caller) => caller.client.ask(`{ contacts(first: 50) ${page} }`, {}, as(caller)) },
  {
    name: 'search',
    share: 80,
    run: (caller, index) =>
      caller.client.ask(
        `query ($search: String) { contacts(first: 50, search: $search) ${page} }`,
        { search: `${words[index % words.length]} ${index % 3 === 0 ? randomBytes(1).toString('hex')[0] : ''}` },
        as(caller),
      ),
  },
  {
    name: 'by id',
    share: 220,
    run: (caller, index) =>
      caller.client.ask(
        'query ($id: ID!) { contact(id: $id) { displayName version emails { address } lawfulness { bases { purpose ground } } } }',
        { id: someone(caller, index) },
        as(caller),
      ),
  },
  {
    name: 'history',
    share: 70,
    run: (caller, index) =>
      caller.client.ask(
        'query ($id: ID!) { contact(id: $id) { history(first: 20) { edges { node { operation recordedAt fields } } } } }',
        { id: someone(caller, index) },
        as(caller),
      ),
  },
  { name: 'createContact', share: 60, run: (caller, index) => entered(caller, index) },
  {
    name: 'updateContact',
    share: 60,
    run: async (caller, index) => {
      const id = someone(caller, index)
      const found = await caller.client.ask('query ($id: ID!) { contact(id: $id) { version } }', { id }, as(caller))
      const version = found.data?.contact?.version
      if (version === undefined) return found
      return caller.client.ask(change, { input: { id, version, jobTitle: `Engineer ${index % 50}` } }, as(caller))
    },
  },
  {
    name: 'giveConsent',
    share: 60,
    run: ({ client, partner }, index) =>
      client.ask(
        `mutation ($input: GiveConsentInput!) { giveConsent(input: $input) ${outcomes} }`,
        {
          input: {
            ...{ idempotencyKey: randomUUID(), person: person(index), purposes: [{ purpose: 'newsletter' }] },
            evidence: { kind: 'FORM', text: 'Form 17, ticked at the counter.' },
          },
        },
        { token: partner },
      ),
  },
  {
    name: 'withdrawConsent',
    share: 40,
    run: ({ client, partner }, index) =>
      client.ask(
        `mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) ${outcomes} }`,
        {
          input: {
            ...{ idempotencyKey: randomUUID(), person: person(Math.floor(index / 2)), purposes: ['newsletter'] },
            evidence: { kind: 'FORM', text: 'By telephone.' },
          },
        },
        { token: partner },
      ),
  },
  {
    name: 'subscription',
    share: 12,
    run: async ({ client, token }, index) => {
      const query = 'subscription { consentChanges { id cursor contactId kind purpose valid } }'
      const events = await client.subscribe(query, { token: token() }, 1000 + ((index * 977) % 40_000))
      return { outcome: events > 0 ? 'with events' : 'without events', data: null }
    },
  },
  {
    name: 'signIn',
    share: 6,
    run: async ({ client, email, password }, index) => {
      const query = 'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { token refreshToken } }'
      const found = await client.ask(query, { e: email, p: password })
      const token = found.data?.signIn?.token
      if (!token) return found
      // Every fourth just goes away.
      const more = index % 4 === 0 ? '{ me { id } }' : 'mutation { signOut }'
      return client.ask(more, {}, { token })
    },
  },
  {
    name: 'runReport',
    share: 20,
    run: (caller, index) =>
      caller.client.ask(
        `{ runReport(report: { key: "lapsing" }, first: 50, parameters: { days: ${(index % 300) + 1} }) { rows { id contactId } } }`,
        {},
        as(caller),
      ),
  },
  {
    name: 'connection of its own',
    share: 30,
    run: (caller) => caller.client.ask('{ me { id } }', {}, { ...as(caller), alone: true }),
  },
  // Nothing that clients make up may stay.
  {
    name: 'new document',
    share: 60,
    run: (caller) => {
      const name = `x${randomBytes(12).toString('hex')}`
      return caller.client.ask(
        `query ${name} { ${name}: contacts(first: 2) { edges { node { ${name}: displayName } } } }`,
        { [name]: name },
        as(caller),
      )
    },
  },
  {
    name: 'syntax error',
    share: 30,
    run: (caller) => caller.client.ask(`{ ${randomBytes(200).toString('hex')} ( `, {}, as(caller)),
  },
  {
    name: 'unknown field',
    share: 20,
    run: (caller) => caller.client.ask(`{ f${randomBytes(40).toString('hex')} }`, {}, as(caller)),
  },
  {
    name: 'unknown token',
    share: 25,
    run: ({ client }) => client.ask('{ me { id } }', {}, { token: randomBytes(32).toString('base64url') }),
  },
  { name: 'no JSON', share: 10, run: ({ client }) => client.post(`{"query": ${randomBytes(300).toString('hex')}`) },
  {
    name: 'unknown path',
    share: 10,
    run: ({ client }) => client.get(`/${randomUUID()}`, { headers: { 'user-agent': randomUUID() } }),
  },
  {
    name: 'unknown person signs in',
    share: 2,
    run: ({ client }) => {
      const query = 'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }'
      return client.ask(query, { e: `${randomUUID()}@example.org`, p: 'a pass phrase of nobody' })
    },
  },
  {
    name: 'access package',
    share: 1,
    run: async (caller, index) => {
      const input = { contactId: caller.own[(Math.floor(index / 1000) * 7) % caller.own.length], kind: 'ACCESS' }
      const query = 'mutation ($input: DiscloseContactInput!) { discloseContact(input: $input) { id } }'
      const { outcome, data } = await caller.client.ask(query, { input }, as(caller))
      if (!data?.discloseContact) return { outcome, data }
      return fetched(caller, 'accessPackage', data.discloseContact.id)
    },
  },
  {
    name: 'report as a file',
    share: 2,
    run: async (caller, index) => {
      const report = index % 2 === 0 ? { definition: { source: 'contacts' } } : { key: 'lapsing' }
      const input = { report, format: ['CSV', 'XLSX', 'JSON_LINES', 'PDF'][Math.floor(index / 2) % 4] }
      const query = 'mutation ($input: CreateReportFileInput!) { createReportFile(input: $input) { id } }'
      const { outcome, data } = await caller.client.ask(query, { input }, as(caller))
      if (!data?.createReportFile) return { outcome, data }
      return fetched(caller, 'reportFile', data.createReportFile.id)
    },
  },
  {
    name: 'erasure',
    share: 2,
    run: async (caller, index) => {
      const made = await entered(caller, index)
      const id = made.data?.createContact?.id
      if (!id) return made
      const input = { contactId: id, ground: 'NO_LONGER_NEEDED', executeWhenApproved: true }
      const query = 'mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { state } }'
      return caller.client.ask(query, { input }, as(caller))
    },
  },
]

/** Enters a contact. */
export function entered(caller: Pick<Caller, 'client' | 'token'>, index: number): Promise<Answered> {
  const input = {
    ...{ givenName: 'Ada', familyName: `Soak ${index}`, emails: [{ address: `${randomUUID()}@example.org` }] },
  }
  const query = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id version } }'
  return caller.client.ask(query, { input }, as(caller))
}

/** Waits until something is made, and fetches it. */
async function fetched(caller: Caller, field: string, id: string): Promise<Answered> {
  for (let seconds = 0; seconds < 300; seconds += 2) {
    const query = `query ($id: ID!) { made: ${field}(id: $id) { state url } }`
    const { outcome, data } = await caller.client.ask(query, { id }, as(caller))
    if (!data?.made) return { outcome, data }
    const { state, url } = data.made
    if (url) {
      const { pathname, search } = new URL(url)
      return caller.client.get(pathname + search, as(caller))
    }
    if (state === 'FAILED') return { outcome: state, data }
    await new Promise((done) => setTimeout(done, 2000))
  }
  return { outcome: 'too late', data: null }
}
