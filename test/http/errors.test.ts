import { GraphQLError } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identity } from '../../src/modules/identity/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createProbe } from '../support/probe.ts'

let server: TestApp
let fault: unknown

beforeAll(async () => {
  server = await startTestApp({ modules: [identity, createProbe(() => fault).module] })
})
afterAll(() => server.close())

const boom = async (thrown: unknown) => {
  fault = thrown
  server.logged.length = 0
  const { errors, data, status, headers } = await server.graphql('{ boom __typename }')
  return { error: errors?.[0], data, status, requestId: headers.get('x-request-id') }
}

describe('an error that nobody meant a caller to see', () => {
  test('is hidden behind the request id, by which the log tells of it', async () => {
    const { error, data, status, requestId } = await boom(new TypeError('x is not a function'))
    expect(status).toBe(200)
    expect(data).toEqual({ boom: null, __typename: 'Query' })
    expect(error.extensions).toEqual({ code: 'INTERNAL', requestId })
    expect(error.path).toEqual(['boom'])
    expect(JSON.stringify(error)).not.toContain('not a function')
    const entry = server.logged.find(({ level }) => level === 50)
    expect(entry).toMatchObject({
      requestId,
      path: 'boom',
      error: { name: 'TypeError', message: 'x is not a function' },
    })
    expect(JSON.stringify(entry)).toContain('errors.test.ts')
  })

  for (const thrown of [
    new GraphQLError('ada@example.org'),
    new SyntaxError('ada@example.org'),
    'ada@example.org',
    null,
  ]) {
    test(`is hidden and logged without personal data when it is ${thrown?.constructor.name ?? 'null'}`, async () => {
      const { error } = await boom(thrown)
      expect(error.extensions.code).toBe('INTERNAL')
      expect(JSON.stringify(error) + JSON.stringify(server.logged)).not.toContain('ada@example.org')
    })
  }
})

describe('an error of the caller', () => {
  const code = async (query: string, variables?: object) => {
    const { errors, status } = await server.graphql(query, variables)
    return [status, errors?.[0].extensions.code, errors?.[0].message]
  }

  test('in the text of the operation is told with its place', async () => {
    const { errors } = await server.graphql('{ boom')
    expect(errors?.[0]).toMatchObject({
      message: 'Syntax Error: Expected Name, found <EOF>.',
      locations: [{ line: 1, column: 7 }],
      extensions: { code: 'GRAPHQL_PARSE_FAILED', requestId: expect.any(String) },
    })
    expect(await code('{ nothing }')).toEqual([200, 'GRAPHQL_VALIDATION_FAILED', expect.stringContaining('nothing')])
    expect(await code('{ day(on: "no day") }')).toEqual([
      200,
      'GRAPHQL_VALIDATION_FAILED',
      expect.stringContaining('no day'),
    ])
  })

  test('in a variable is told', async () => {
    const query = 'query ($on: Date!) { day(on: $on) }'
    expect(await code(query)).toEqual([200, 'BAD_USER_INPUT', expect.stringContaining('was not provided')])
    expect(await code(query, { on: 'no day' })).toEqual([200, 'BAD_USER_INPUT', expect.stringContaining('no day')])
    expect(await code('{ __typename }', { on: 'no day' })).toEqual([200, undefined, undefined])
  })

  test('in an id is told', async () => {
    expect(await code('{ node(id: "nonsense") { id } }')).toEqual([
      200,
      'BAD_USER_INPUT',
      expect.stringContaining('nonsense'),
    ])
  })

  test('in the type that an id names is an id of nothing, and breaks nothing', async () => {
    server.logged.length = 0
    for (const type of ['Nothing', 'Session', 'SignInLink', 'Query', 'String', '__proto__']) {
      const id = Buffer.from(`${type}:01900000-0000-7000-8000-000000000000`).toString('base64')
      const { data, errors } = await server.graphql('query ($id: ID!) { node(id: $id) { id } }', { id })
      expect({ type, data, errors }).toEqual({ type, data: { node: null }, errors: undefined })
    }
    expect(server.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })

  test('in the choice of the operation is told', async () => {
    expect(await code('query A { __typename } query B { __typename }')).toEqual([
      400,
      'OPERATION_RESOLUTION_FAILURE',
      expect.any(String),
    ])
  })
})

describe('who calls', () => {
  test('with a bearer token that is not genuine gets 401', async () => {
    const { status, errors, headers, data } = await server.graphql('{ __typename }', {}, 'nonsense')
    expect({ status, data, challenge: headers.get('www-authenticate') }).toEqual({ status: 401, challenge: 'Bearer' })
    expect(errors?.[0].extensions).toEqual({ code: 'UNAUTHENTICATED', requestId: headers.get('x-request-id') })
  })

  test('with a cookie that is worth nothing is nobody', async () => {
    const body = JSON.stringify({ query: '{ __typename }' })
    const headers = { 'content-type': 'application/json', cookie: '__Host-lethe=nonsense' }
    const response = await server.app.fetch(new Request(`${server.url}/graphql`, { method: 'POST', headers, body }))
    expect(response.status).toBe(200)
  })

  test('cannot choose the request id', async () => {
    const headers = { 'x-request-id': 'mine' }
    const response = await server.app.fetch(new Request(`${server.url}/health/live`, { headers }))
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('gets a cookie by signing in that only this host and no script can use, and signs out with it', async () => {
    const call = (query: string, cookie = '') => {
      const headers = { 'content-type': 'application/json', cookie }
      const body = JSON.stringify({ query })
      return server.app.fetch(new Request(`${server.url}/graphql`, { method: 'POST', headers, body }))
    }
    const mutation =
      'mutation { signIn(email: "ada@example.org", password: "correct horse battery staple") { expiresAt } }'
    const cookie = (await call(mutation)).headers.getSetCookie()[0] ?? ''
    expect(cookie).toMatch(/^__Host-lethe=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/)
    const signedOut = await call('mutation { signOut }', `other=1; ${cookie.split(';')[0]}`)
    expect(await signedOut.json()).toEqual({ data: { signOut: true } })
    expect(signedOut.headers.getSetCookie()[0]).toContain(
      '__Host-lethe=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0',
    )
  })
})

test('a database that is away is UNAVAILABLE, and told neither by its address nor by its password', async () => {
  const databaseUrl = 'postgresql://lethe:hunter2@127.0.0.1:1/lethe'
  const away = await startTestApp({ modules: [identity], config: { databaseUrl } })
  try {
    const mutation = 'mutation { signIn(email: "ada@example.org", password: "correct horse battery staple") { token } }'
    const { errors } = await away.graphql(mutation)
    expect(errors?.[0].extensions.code).toBe('UNAVAILABLE')
    expect(JSON.stringify(errors) + JSON.stringify(away.logged)).not.toContain('hunter2')
    const ready = await away.app.fetch(new Request(`${away.url}/health/ready`))
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', reasons: ['The database does not answer.'] },
    ])
  } finally {
    await away.close()
  }
})

test('the log has one line a request, with ids and no personal data', async () => {
  server.logged.length = 0
  await server.graphql('query ($on: Date!) { day(on: $on) }', { on: '2001-02-03' })
  expect(server.logged).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      requestId: expect.any(String),
      method: 'POST',
      route: '/graphql',
      operation: 'query',
      outcome: 'OK',
      status: 200,
      ms: expect.any(Number),
      actor: null,
    },
  ])
})
