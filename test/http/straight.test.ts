import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { identity } from '../../src/modules/identity/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { http2 } from '../support/https.ts'
import { createProbe } from '../support/probe.ts'

// What is asked all the time is answered on a way of its own (src/graphql/straight.ts). It has to be what the library answers, to the letter,
// whatever is asked. A body of no announced length takes the library's way, so the same is asked in both ways.

let server: TestApp
let token: string
const agent = new Agent({ keepAlive: true })

beforeAll(async () => {
  const config = { maxBody: 4000, corsOrigins: ['https://crm.example.org'] }
  server = await startTestApp({ modules: [identity, createProbe().module], config })
  token = await server.signIn()
})
afterAll(async () => {
  agent.destroy()
  await server.close()
})

type Asked = { body: string; headers: Record<string, string> }

async function ask({ body, headers }: Asked, announced: boolean) {
  const sent = request(new URL('/graphql', server.url), {
    ca: server.ca,
    agent,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(announced ? { 'content-length': String(Buffer.byteLength(body)) } : { 'transfer-encoding': 'chunked' }),
    },
  })
  sent.end(body)
  const [response]: IncomingMessage[] = await once(sent, 'response')
  if (!response) throw new Error('there is no answer')
  const { 'x-request-id': requestId, date: _, ...said } = response.headers
  const [requests] = server.logged.splice(0).filter((line) => line['requestId'] === requestId && 'route' in line)
  const { ms: _ms, time: _time, requestId: _id, ...logged } = requests ?? {}
  return {
    // What the library answers says first what it is.
    isStraight: Object.keys(said)[0] === 'content-length',
    answer: {
      status: [response.statusCode, response.statusMessage],
      headers: said,
      body: (await text(response)).replaceAll(String(requestId), 'the request'),
      logged,
    },
  }
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values)

const query = fc.oneof(
  { weight: 3, arbitrary: oneOf('{ __typename }', 'query One { probe { after self { after } } }', '{ me { email } }') },
  oneOf(
    '{ boom }',
    '{ probe { after } boom }',
    'query Day($on: Date!) { day(on: $on) }',
    'query Many($first: Int = 3) { probe { many(first: $first) { many(first: $first) { after } } } }',
    'query A { __typename } query B { probe { after } }',
    'mutation { __typename }',
    'mutation ($e: String!) { createRole(input: { key: $e, name: $e }) { key } }',
    'subscription { nothing }',
    '{ nothing }',
    '{ __schema { queryType { name } } }',
    '{ roles { edges { node { key } } } }',
    `{ ${Array.from({ length: 101 }, (_, at) => `a${at}: __typename`).join(' ')} }`,
    'broken {',
    '',
  ),
  oneOf<unknown>(null, 17, ['{ __typename }'], undefined),
)

const variables = oneOf<unknown>(
  undefined,
  null,
  {},
  { on: '2026-01-02' },
  { on: 'never' },
  { on: 5 },
  { first: 2 },
  { first: 9000 },
  { e: 'nobody@example.org' },
  [],
  'text',
)

// Most of what is asked is as usual, or few would get far.
const usual = fc.record(
  {
    query: oneOf(
      '{ __typename }',
      'query One { probe { after self { after } } }',
      'query Day($on: Date!) { day(on: $on) }',
      'query Many($first: Int = 3) { probe { many(first: $first) { after } } }',
      '{ me { email } }',
      '{ boom }',
    ),
    variables: oneOf<unknown>({}, { on: '2026-01-02' }, { first: 2, on: '2026-01-03' }, null),
  },
  { requiredKeys: ['query'] },
)

const body = fc.oneof(
  { weight: 20, arbitrary: usual.map((parts) => JSON.stringify(parts)) },
  {
    weight: 12,
    arbitrary: fc
      .record(
        {
          query,
          variables,
          operationName: oneOf<unknown>('One', 'A', 'B', 'Z', '', null, 7),
          extensions: oneOf<unknown>(null, {}, 'text', { persisted: 1 }),
          other: oneOf<unknown>(null, 1),
        },
        { requiredKeys: ['query'] },
      )
      .map((parts) => JSON.stringify(parts)),
  },
  oneOf('', '{', 'null', '17', '[]', '[{"query":"{ __typename }"}]', '\uFEFF{"query":"{ __typename }"}'),
  oneOf(
    `{"query":"{ __typename }","__proto__":{}}`,
    `{"query":"{ __typename }","variables":{"x":"${'x'.repeat(4000)}"}}`,
  ),
)

const someHeaders = fc.oneof(
  { weight: 3, arbitrary: fc.record({ authorization: fc.constant('admin') }, { requiredKeys: [] }) },
  fc.record(
    {
      accept: oneOf(
        '*/*',
        'application/json',
        'application/graphql-response+json',
        'application/graphql-response+json, application/json;q=0.9',
        'text/html',
        'text/event-stream',
        'image/png',
      ),
      authorization: fc.oneof(
        { weight: 4, arbitrary: fc.constant('admin') },
        oneOf('Bearer nonsense', 'Basic YTpi', 'Bearer a b'),
      ),
      'content-type': oneOf('application/json; charset=utf-8', 'text/plain', 'application/json; charset=latin1'),
      'lethe-cost': oneOf('show', 'hide'),
      origin: oneOf('own', 'https://crm.example.org', 'https://evil.example.org', 'null'),
      cookie: oneOf('__Host-lethe=nonsense', 'a=b; __Host-lethe-device=x'),
    },
    { requiredKeys: [] },
  ),
)

// Known once the server runs.
const headersOf = (some: Partial<Record<string, string>>): Record<string, string> => {
  const given = Object.entries(some).map(([name, value = '']) => {
    if (value === 'admin') return [name, `Bearer ${token}`]
    return [name, value === 'own' ? server.url : value]
  })
  return Object.fromEntries(given)
}

test('what is answered the straight way is what the library answers', async () => {
  let straight = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(body, someHeaders, async (sent, some) => {
      const asked = { body: sent, headers: headersOf(some) }
      const theirs = await ask(asked, false)
      const ours = await ask(asked, true)
      expect(theirs.isStraight).toBe(false)
      expect(ours.answer).toEqual(theirs.answer)
      if (ours.isStraight) straight++
      else refused++
    }),
    { numRuns: 400 },
  )
  // Both ways were tried.
  expect(straight).toBeGreaterThan(20)
  expect(refused).toBeGreaterThan(20)
})

test('over HTTP/2 it is the same', async () => {
  const body = JSON.stringify({ query: 'query Two { probe { after } }' })
  const call = (headers: Record<string, string>) =>
    http2(server.url, {
      path: '/graphql',
      ca: server.ca,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body,
    })
  const masked = ({
    headers: { 'x-request-id': _id, date: _date, ...rest },
    ...answer
  }: Awaited<ReturnType<typeof call>>) => ({
    ...answer,
    headers: rest,
  })
  const theirs = await call({})
  const ours = await call({ 'content-length': String(body.length) })
  expect(masked(ours)).toEqual(masked(theirs))
  expect(Object.keys(theirs.headers)[0]).toBe('content-type')
  expect(Object.keys(ours.headers)[0]).toBe('content-length')
})

test('an operation is valid for those alone who may send it', async () => {
  const body = JSON.stringify({ query: '{ __type(name: "Query") { name } }' })
  const asAdmin = { body, headers: { authorization: `Bearer ${token}` } }
  await ask(asAdmin, true)
  const [admins, nobodys] = [await ask(asAdmin, true), await ask({ body, headers: {} }, true)]
  expect(admins).toMatchObject({ isStraight: true, answer: { body: '{"data":{"__type":{"name":"Query"}}}' } })
  expect(nobodys).toMatchObject({ isStraight: false })
  expect(nobodys.answer.body).toContain('UNAUTHENTICATED')
})
