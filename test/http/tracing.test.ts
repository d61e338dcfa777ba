import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { withoutValues } from '../../src/telemetry/statements.ts'
import { freshDatabase } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { servedAdmin, startServed } from '../support/served.ts'

type Attribute = { key: string; value: { stringValue?: string; intValue?: number } }
type Span = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Attribute[]
  status: { code?: number }
}

// Stands for a person in all that is typed, sent and stored.
const mark = 'Zyxquark'
const trace = '0af7651916cd43dd8448eb211c80319c'

let collector: Server
let collectorUrl = ''
const received: { headers: IncomingHttpHeaders; body: string }[] = []
const answers: { status: number; body: string }[] = []
let stored = ''
let spans: Span[] = []

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    received.push({ headers: request.headers, body })
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done))
  const address = collector.address()
  collectorUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  await talk()
  spans = received.flatMap(({ body }) => {
    const { resourceSpans } = JSON.parse(body)
    return resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: Span[] }[] }) =>
      scopeSpans.flatMap((one) => one.spans),
    )
  })
})
afterAll(() => collector.close())

/** A whole product that is told where to send spans, and somebody who works with it. */
async function talk() {
  const server = await startServed({
    ...databaseEnvironment(await freshDatabase()),
    LETHE_ADMIN_EMAIL: `${mark}@example.org`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=let%20me%20in',
    OTEL_SERVICE_NAME: 'crm',
  })
  const ask = async (query: string, variables: object, headers: Record<string, string> = {}) => {
    const answer = await server.ask(query, variables, headers)
    answers.push(answer)
    return JSON.parse(answer.body)
  }
  try {
    const signIn =
      'mutation Enter ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
    const { token } = (await ask(signIn, { ...servedAdmin, email: `${mark}@example.org` })).data.signIn
    const authorization = `Bearer ${token}`
    const input = { givenName: mark, familyName: mark, emails: [{ address: `${mark}@example.org` }], tags: [mark] }
    const create = 'mutation Enrol ($input: CreateContactInput!) { createContact(input: $input) { id } }'
    const headers = {
      authorization,
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
      tracestate: `vendor=${mark}`,
      'user-agent': mark,
      baggage: `who=${mark}`,
    }
    await ask(create, { input }, headers)
    const list = `query Desk { contacts(search: "${mark}", filter: { givenName: { equals: "${mark}" } }) { edges { node { displayName } } } }`
    stored = JSON.stringify(await ask(list, {}, { authorization }))
    const wrong = `query Of0193${mark} { contacts(search: $words) { edges { node { id } } } }`
    await ask(wrong, { words: mark }, { authorization })
    await ask(`query ${mark}44445 { contacts(first: 1) { edges { node { id } } } }`, {}, { authorization })
    await ask(`query ${mark} { __typename }`, {})
    await server.get(`/${mark}?q=${mark}`, { 'user-agent': mark })
  } finally {
    await server.close()
  }
}

const called = (name: string) => spans.filter((span) => span.name === name)
const one = (name: string): Span => called(name)[0] ?? expect.fail(`no span is called ${name}`)
const below = (parent: Span): Span[] =>
  spans.filter((span) => span.parentSpanId === parent.spanId).flatMap((span) => [span, ...below(span)])
const told = ({ attributes }: Span) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))

describe('spans', () => {
  test('tell of a request, its operation, its transaction and its statements, within the caller’s trace', () => {
    const request = spans.find(({ traceId, kind }) => traceId === trace && kind === 2) ?? expect.fail()
    expect(request).toMatchObject({ name: 'POST /graphql', parentSpanId: 'b7ad6b7169203331' })
    expect(told(request)).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
    })
    const parts = below(request)
    expect(parts.every(({ traceId }) => traceId === trace)).toBe(true)
    const operation = parts.find(({ name }) => name === 'mutation Enrol') ?? expect.fail()
    expect(told(operation)).toMatchObject({
      'graphql.operation.type': 'mutation',
      'graphql.operation.name': 'Enrol',
      'lethe.outcome': 'OK',
    })
    const transaction = below(operation).find(({ name }) => name === 'transaction createContact') ?? expect.fail()
    const statements = below(transaction)
      .filter(({ name }) => name === 'INSERT')
      .map((span) => told(span)['db.query.text'])
    expect(statements.some((text) => /INSERT INTO .*contact.*\$1/.test(String(text)))).toBe(true)
  })

  test('tell of what goes on in the background', () => {
    expect(spans.filter(({ name }) => /^worker \w+/.test(name)).length).toBeGreaterThan(0)
    expect(below(one('worker housekeeping')).length).toBeGreaterThan(0)
  })

  test('tell of failures by their codes', () => {
    const failed = spans.find((span) => told(span)['lethe.outcome'] === 'GRAPHQL_VALIDATION_FAILED') ?? expect.fail()
    expect(failed.status.code).toBe(2)
  })

  test('go where they are meant to, as who they are', () => {
    expect(received.length).toBeGreaterThan(0)
    for (const { headers, body } of received) {
      expect(headers['x-key']).toBe('let me in')
      const { resource } = JSON.parse(body).resourceSpans[0]
      expect(told({ attributes: resource.attributes } as Span)).toMatchObject({ 'service.name': 'crm' })
    }
  })

  test('tell nothing of anybody: no values, no names that callers make up, no addresses', () => {
    expect(stored).toContain(mark) // It was really there.
    expect(answers.length).toBe(6)
    expect(spans.length).toBeGreaterThan(30)
    const sent = received.map(({ body }) => body).join()
    expect(sent.toLowerCase()).not.toContain(mark.toLowerCase())
    expect(sent).not.toMatch(/127\.0\.0\.1|horse battery|Bearer/)
    expect(called('query Desk').length).toBe(1)
  })
})

test('statements are told without what stands in them', () => {
  expect(withoutValues("SELECT 'it''s me', 12.5, \"a1\" FROM t2 WHERE x = $12 AND y > 7 LIMIT 50")).toBe(
    'SELECT ?, ?, "a1" FROM t2 WHERE x = $12 AND y > ? LIMIT ?',
  )
})

test.each([
  [`SELECT E'it\\'s me', e'a''b\\\\' , 'c'`, 'SELECT ?, ? , ?'],
  ["DO $$ BEGIN PERFORM 'x' ; END $$", 'DO ?'],
  [`SELECT $tag$ it's $$ me $tag$, $1 || $2`, 'SELECT ?, $1 || $2'],
  [`SELECT "it's", 'me'`, `SELECT "it's", ?`],
  [`SELECT 1 -- it's me\n, 'x'`, 'SELECT ? , ?'],
  [`SELECT /* it's me */ 'x', 1`, 'SELECT ?, ?'],
  [`SELECT 'it`, 'SELECT ?'],
])('whatever they are quoted by: %s', (text, told) => {
  expect(withoutValues(text)).toBe(told)
})

test('without an address, and where it is switched off, nothing is made', () => {
  const tracing = (environment: Record<string, string>) => readConfig({ ...environment }).tracing
  expect(tracing({})).toBeUndefined()
  expect(
    tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318', OTEL_SDK_DISABLED: 'true' }),
  ).toBeUndefined()
  expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/' })).toMatchObject({
    url: 'https://collector.example:4318/v1/traces',
    service: 'lethe',
  })
  expect(() => tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318' })).toThrow(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  )
})
