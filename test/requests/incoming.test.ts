import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { admitReport } from '../../src/modules/requests/limits.ts'
import { watchRequests } from '../../src/modules/requests/watch.ts'
import { type Data, day, type Office, openOffice } from './support.ts'

let office: Office
let partner: { secret: string }
beforeAll(async () => {
  office = await openOffice()
  partner = await makePartner(['requests.receive'])
})
afterAll(() => office?.close())

async function makePartner(scopes: readonly string[]) {
  const create =
    'mutation { createClient(input: { name: "Shop", kind: PARTNER, origins: ["https://shop.example"] }) { id } }'
  const { id } = (await office.ask(create)).createClient
  for (const right of scopes) {
    await office.ask(
      'mutation ($c: ID!, $r: String!) { grantScope(client: $c, right: $r, read: true, write: true) { id } }',
      { c: id, r: right },
    )
  }
  const make = 'mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }'
  return { secret: (await office.ask(make, { c: id })).createClientKey.key as string }
}

const report = `mutation ($input: ReportSubjectRequestInput!) {
  reportSubjectRequest(input: $input) { reference receivedAt dueAt } }`

const send = (input: object, key = partner.secret) =>
  office.graphql(report, { input: { kinds: ['ACCESS'], idempotencyKey: randomUUID(), ...input } }, key)

const reported = async (input: object, key?: string): Promise<Data> => {
  const { data, errors } = await send(input, key)
  expect(errors).toBeUndefined()
  return data.reportSubjectRequest
}

const incoming = async (decided = false): Promise<Data[]> => {
  const query = `query ($decided: Boolean) { incomingRequests(decided: $decided, first: 100) {
    edges { node { id kinds channel status receivedAt dueAt name email details statement decidedAt } } } }`
  return (await office.ask(query, { decided })).incomingRequests.edges.map(({ node }: Data) => node)
}
const one = async (id: string) => (await incoming(true)).find((row) => row.id === id)

describe('a partner', () => {
  it('hears the same of somebody known and of somebody unknown, and the same is written', async () => {
    const { email, uuid } = await office.person()
    const receivedAt = new Date(Date.now() - 3 * day).toISOString()
    const answers = [await send({ email, receivedAt }), await send({ email: 'nobody@example.com', receivedAt })]
    const shapes = answers.map(({ data, errors, status }) => {
      const { reference, ...rest } = data.reportSubjectRequest
      expect(reference).toMatch(/^[\da-f-]{36}$/)
      return { errors, status, rest }
    })
    expect(shapes[0]).toEqual(shapes[1])
    const entries = await office.database.systemAuditEntry.groupBy({
      by: ['entityId', 'operation', 'action'],
      where: { entityId: { in: answers.map(({ data }) => data.reportSubjectRequest.reference) } },
      _count: true,
    })
    expect(entries.map(({ operation, action, _count }) => [operation, action, _count])).toEqual(
      Array(2).fill(['reportSubjectRequest', 'created', 1]),
    )
    // Nothing of it is about a contact yet, whoever has the address.
    expect(await office.database.subjectRequest.count({ where: { contactId: uuid } })).toBe(0)
  })

  it('may hand on as many at once as the settings say', async () => {
    const { requestsAtOnce } = readConfig({ LETHE_REQUESTS_AT_ONCE: '3' })
    const context = { database: office.database, actor: { kind: 'client', id: randomUUID() } as const, requestsAtOnce }
    for (let count = 0; count < 3; count++) await admitReport(context)
    await expect(admitReport(context)).rejects.toMatchObject({ code: 'TOO_MANY_ATTEMPTS' })
    expect(() => readConfig({ LETHE_REQUESTS_AT_ONCE: '0' })).toThrow('LETHE_REQUESTS_AT_ONCE')
  })

  it('that calls without end is told to wait, and others are not', async () => {
    const [hostile, other] = await Promise.all([makePartner(['requests.receive']), makePartner(['requests.receive'])])
    const input = { email: 'many@example.com', idempotencyKey: randomUUID() }
    await reported(input, hostile.secret)
    const calls = await Promise.all(Array.from({ length: 110 }, () => send(input, hostile.secret)))
    const codes = calls.flatMap(({ errors }) => errors?.map(({ extensions }: Data) => extensions.code) ?? [])
    expect(codes.length).toBeGreaterThanOrEqual(5)
    expect(new Set(codes)).toEqual(new Set(['TOO_MANY_ATTEMPTS']))
    await reported(input, other.secret)
  })

  it('gets the same reference for the same call, and a refusal for another one with its key', async () => {
    const input = { email: 'twice@example.com', idempotencyKey: randomUUID() }
    const references = (await Promise.all([1, 2, 3].map(() => reported(input)))).map(({ reference }) => reference)
    expect(new Set(references).size).toBe(1)
    expect((await reported(input)).reference).toBe(references[0])
    expect((await send({ ...input, email: 'other@example.com' })).errors?.[0].extensions.code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    )
    const other = await makePartner(['requests.receive'])
    expect((await reported(input, other.secret)).reference).not.toBe(references[0])
  })

  it('needs a secret key with that scope, and sees no request', async () => {
    const without = await makePartner([])
    expect((await send({ email: 'a@example.com' }, without.secret)).errors?.[0].extensions.code).toBe('FORBIDDEN')
    const { data } = await office.graphql('{ incomingRequests { edges { node { id } } } }', {}, partner.secret)
    expect(data.incomingRequests).toBeNull()
    for (const [input, field] of [
      [{}, 'input.email'],
      [{ email: 'none' }, 'input.email'],
      [{ email: 'a@example.com', kinds: [] }, 'input.kinds'],
      [{ email: 'a@example.com', kinds: ['RECTIFICATION'] }, 'input.statement'],
    ] as const) {
      const { code, faults } = (await send(input)).errors?.[0].extensions ?? {}
      expect([code, faults?.[0].field]).toEqual(['INVALID_INPUT', field])
    }
  })
})

describe('whose a request is', () => {
  it('is found by the address, if exactly one contact has it; who they are isn’t proved by that', async () => {
    const { id, email } = await office.person({ language: 'en' })
    const twin = { emails: [{ address: 'zqtwins@example.org' }] }
    await office.person(twin)
    await office.person(twin)
    const receivedAt = new Date(Date.now() - 5 * day).toISOString()
    const { reference } = await reported({ email: email.toUpperCase(), receivedAt, statement: 'Zqhere' })
    const shared = await reported({ email: 'zqtwins@example.org' })
    await watchRequests(office.system())
    expect(await office.requests({ contact: id })).toMatchObject([
      { kind: 'ACCESS', channel: 'PARTNER', receivedAt, statement: 'Zqhere', verificationMethod: null },
    ])
    const [receipt] = await office.server.takesFor(email)
    expect(receipt?.text).toContain('access (Art. 15 GDPR)')
    expect(await one(reference)).toMatchObject({ status: 'MATCHED', email: null, statement: null })
    expect(await one(shared.reference)).toMatchObject({ status: 'OPEN', email: 'zqtwins@example.org' })
  })

  it('is said by staff, with the day on which it came; what was said besides is forgotten', async () => {
    const { id } = await office.person()
    const input = {
      kinds: ['ACCESS', 'ERASURE'],
      channel: 'LETTER',
      name: 'Zqname',
      details: 'Zqstreet 1',
      statement: 'Zqletter',
    }
    const { reference, dueAt } = await reported(input, office.token)
    expect(await one(reference)).toMatchObject({ ...input, status: 'OPEN' })
    const row = await office.database.incomingRequest.findUniqueOrThrow({ where: { id: reference } })
    expect(Buffer.from(row.said ?? []).toString('latin1')).not.toContain('Zq')
    const match =
      'mutation ($id: ID!, $c: ID!) { matchIncomingRequest(id: $id, contactId: $c) { kind channel dueAt statement } }'
    const { matchIncomingRequest } = await office.ask(match, { id: reference, c: id })
    expect(matchIncomingRequest).toEqual(
      ['ACCESS', 'ERASURE'].map((kind) => ({ kind, channel: 'LETTER', dueAt, statement: 'Zqletter' })),
    )
    expect(await one(reference)).toMatchObject({ status: 'MATCHED', name: null, details: null, statement: null })
    expect(await office.fail(match, { id: reference, c: id })).toMatchObject({ code: 'CONFLICT' })
  })

  it('is nobody’s: then they are told so, in their language, and nothing is kept but that there was one', async () => {
    const { reference } = await reported({ email: 'zqgone@example.com', name: 'Zqname', language: 'en' })
    await watchRequests(office.system())
    const deny = 'mutation ($id: ID!) { denyIncomingRequest(id: $id) { status decidedAt email } }'
    expect((await office.ask(deny, { id: reference })).denyIncomingRequest).toMatchObject({
      status: 'DENIED',
      email: null,
    })
    const [mail] = await office.server.takesFor('zqgone@example.com')
    for (const words of ['hold no data about you', '(Art. 12(4) GDPR)', '(Art. 77 GDPR)', '(Art. 79 GDPR)'])
      expect(mail?.text).toContain(words)
    expect(mail?.text).not.toContain('Zqname')
    const row = await office.database.incomingRequest.findUniqueOrThrow({ where: { id: reference } })
    expect(row).toMatchObject({ status: 'denied', said: null })
    expect(await office.fail(deny, { id: reference })).toMatchObject({ code: 'CONFLICT' })
    expect(await office.fail(deny, { id: randomUUID() })).toMatchObject({ code: 'NOT_FOUND' })
  })
})
