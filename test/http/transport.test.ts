import { once } from 'node:events'
import { request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identity } from '../../src/modules/identity/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { http1, http2 } from '../support/https.ts'
import { createProbe } from '../support/probe.ts'

let server: TestApp

beforeAll(async () => {
  server = await startTestApp({ modules: [identity, createProbe().module], config: { maxBody: 2048 } })
})
afterAll(() => server.close())

const json = { 'content-type': 'application/json' }
const typename = JSON.stringify({ query: '{ __typename }' })
const port = () => Number(new URL(server.url).port)

for (const [protocol, call] of Object.entries({ 'HTTP/1.1': http1, 'HTTP/2': http2 })) {
  describe(`over ${protocol}`, () => {
    const post = (body: string, headers = json) =>
      call(server.url, { path: '/graphql', ca: server.ca, method: 'POST', headers, body })
    const get = (path: string, method = 'GET') => call(server.url, { path, ca: server.ca, method })

    test('operations are answered', async () => {
      const { status, body } = await post(typename)
      expect([status, JSON.parse(body)]).toEqual([200, { data: { __typename: 'Query' } }])
    })

    test('every answer carries the security headers and a request id', async () => {
      for (const { headers } of [await post(typename), await get('/nowhere'), await get('/sign-in'), await get('/')]) {
        expect(headers).toMatchObject({
          'strict-transport-security': 'max-age=31536000',
          'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'referrer-policy': 'no-referrer',
          'cross-origin-resource-policy': 'same-origin',
          'cross-origin-opener-policy': 'same-origin',
          'cache-control': 'no-store',
          'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        })
      }
    })

    test('only JSON is read', async () => {
      const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
      for (const type of [
        ...types,
        'application/graphql',
        'application/graphql+json',
        'application/json; charset=latin1',
      ]) {
        const { status, body } = await post(typename, { 'content-type': type })
        expect([type, status, JSON.parse(body).errors[0].extensions.code]).toEqual([type, 415, 'BAD_REQUEST'])
      }
    })

    test('GET reads and never changes', async () => {
      const read = await get(`/graphql?query=${encodeURIComponent('{ __typename }')}`)
      expect([read.status, JSON.parse(read.body)]).toEqual([200, { data: { __typename: 'Query' } }])
      const changed = await get(`/graphql?query=${encodeURIComponent('mutation { signOut }')}`)
      expect([changed.status, changed.headers['allow']]).toEqual([405, 'POST'])
      const broken = await get(`/graphql?query=${encodeURIComponent('{ __typename }')}&variables=nonsense`)
      expect([broken.status, JSON.parse(broken.body).errors[0].message]).toEqual([
        400,
        'The parameter "variables" is not JSON.',
      ])
    })

    test('unknown paths and wrong methods are told apart', async () => {
      const unknown = await get('/link/very-secret-token')
      expect([unknown.status, JSON.parse(unknown.body).errors[0].extensions.code]).toEqual([404, 'NOT_FOUND'])
      expect(unknown.body).not.toContain('very-secret-token')
      const wrong = await get('/graphql', 'DELETE')
      expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'GET, POST, OPTIONS'])
      expect((await get('/sign-in', 'POST')).status).toBe(405)
      const head = await get('/health/live', 'HEAD')
      expect([head.status, head.body]).toEqual([200, ''])
    })

    test('a body that is too large is refused', async () => {
      const { status, body } = await post(
        JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(3000) } }),
      )
      expect([status, JSON.parse(body).errors[0].extensions.code]).toEqual([413, 'LIMIT_EXCEEDED'])
      expect(JSON.parse(body).errors[0].message).toContain('2048 bytes')
    })
  })
}

describe('a body that is too large is refused before it has come', () => {
  const refused = async (headers: Record<string, string>, part: string) => {
    const sent = request(new URL('/graphql', server.url), { ca: server.ca, method: 'POST', agent: false, headers })
    sent.on('error', () => undefined) // The connection is given up below.
    sent.write(part)
    const [response] = await once(sent, 'response')
    sent.destroy()
    return response.statusCode
  }

  test('by its announced length', async () => {
    expect(await refused({ ...json, 'content-length': '10000000' }, '{')).toBe(413)
  })

  test('by what has come, when no length was announced', async () => {
    expect(await refused(json, '{'.padEnd(3000))).toBe(413)
  })
})

describe('a connection', () => {
  test('is not made without TLS', async () => {
    const socket = connectTcp(port(), 'localhost')
    socket.write('GET /graphql HTTP/1.1\r\nhost: localhost\r\n\r\n')
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    await once(socket, 'close')
    expect(answer).not.toContain('HTTP/1.1')
  })

  test('is not made by an old TLS', async () => {
    const options = {
      ca: server.ca,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const
    const socket = connectTls(port(), 'localhost', options)
    const [error] = await once(socket, 'error')
    expect(error.code).toMatch(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/)
  })

  test('is HTTP/2 where the client can', async () => {
    const socket = connectTls(port(), 'localhost', { ca: server.ca, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(socket, 'secureConnect')
    expect([socket.authorized, socket.alpnProtocol]).toEqual([true, 'h2'])
    socket.destroy()
  })
})
