import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAddressFinder } from '../../src/http/proxies.ts'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { type Call, http1, http2 } from '../support/https.ts'

// Whose request it is that comes by way of a proxy: what counts sign-ins by address depends on it.

describe('over HTTPS', () => {
  let server: TestApp
  beforeAll(async () => {
    const trustedProxies = ['127.0.0.1', '10.0.0.0/8', '2001:db8:aa::/48']
    server = await startTestApp({ config: { host: '127.0.0.1', trustedProxies, logLevel: 'debug' } })
  })
  afterAll(() => server.close())

  /** The address that a request was logged with. */
  async function addressOf(send: typeof http1, headers: Record<string, string>, more: Partial<Call> = {}) {
    const answer = await send(server.url, { path: '/health/live', ca: server.ca, headers, ...more })
    const requestId = answer.headers['x-request-id']
    return server.logged.find((line) => line['requestId'] === requestId)?.['address']
  }

  for (const [protocol, send] of Object.entries({ 'HTTP/1.1': http1, 'HTTP/2': http2 })) {
    test(`a trusted proxy tells it (${protocol})`, async () => {
      expect(await addressOf(send, { 'x-forwarded-for': '192.0.2.7' })).toBe('192.0.2.7')
      expect(await addressOf(send, { 'x-forwarded-for': '203.0.113.9, 192.0.2.7, 10.1.2.3' })).toBe('192.0.2.7')
      expect(await addressOf(send, { 'x-forwarded-for': '2001:db8:1::7, [2001:db8:aa::1]:443' })).toBe('2001:db8:1::7')
      expect(await addressOf(send, {})).toBe('127.0.0.1')
    })
  }

  test('anybody else may say what they like', async () => {
    const stranger = { localAddress: '127.0.0.2' }
    for (const value of ['192.0.2.7', '127.0.0.1', '192.0.2.7, 10.1.2.3', 'nonsense']) {
      expect(await addressOf(http1, { 'x-forwarded-for': value }, stranger)).toBe('127.0.0.2')
    }
  })

  test('no other header does', async () => {
    const headers = { forwarded: 'for=192.0.2.7', 'x-real-ip': '192.0.2.7', 'true-client-ip': '192.0.2.7' }
    expect(await addressOf(http1, headers)).toBe('127.0.0.1')
  })

  test('a session has it', async () => {
    const query =
      'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '127.0.0.1, 198.51.100.4' }
    const body = JSON.stringify({ query, variables: admin })
    const { status } = await http1(server.url, { path: '/graphql', ca: server.ca, method: 'POST', headers, body })
    expect(status).toBe(200)
    expect((await server.database.session.findMany()).map(({ address }) => address)).toEqual(['198.51.100.4'])
  })
})

describe('the finder', () => {
  const find = createAddressFinder(['10.0.0.0/8', '192.0.2.1', '2001:db8:aa::/48', '::ffff:203.0.113.0/120'])

  test.each([
    ['10.0.0.1', '198.51.100.4:5678', '198.51.100.4'],
    ['10.0.0.1', ' 198.51.100.4 ', '198.51.100.4'],
    ['10.0.0.1', '[2001:db8::0:1]', '2001:db8::1'],
    ['10.0.0.1', '[2001:DB8::1]:65535', '2001:db8::1'],
    ['10.0.0.1', '::ffff:198.51.100.4', '198.51.100.4'],
    ['10.0.0.1', '::FFFF:C633:6404', '198.51.100.4'],
    ['10.0.0.1', '198.51.100.4, ::ffff:10.1.1.1', '198.51.100.4'],
    ['::ffff:10.0.0.1', '198.51.100.4', '198.51.100.4'],
    ['::ffff:0a00:0001', '198.51.100.4', '198.51.100.4'],
    ['203.0.113.7', '198.51.100.4', '198.51.100.4'],
    ['::ffff:203.0.113.7', '198.51.100.4', '198.51.100.4'],
    ['2001:db8:aa:0::5', '198.51.100.4, 192.0.2.1', '198.51.100.4'],
    ['10.0.0.1', 'nonsense, 198.51.100.4', '198.51.100.4'],
    // The connection's own address, where somebody wrote what is none.
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', ',', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.4,', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.4, nonsense', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.4, unknown, 10.0.0.2', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.256', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.04', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.4:', '10.0.0.1'],
    ['10.0.0.1', '[2001:db8::1', '10.0.0.1'],
    ['10.0.0.1', 'fe80::1%eth0', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.4 10.0.0.2', '10.0.0.1'],
    ['::ffff:10.0.0.1', 'nonsense', '10.0.0.1'],
    // Nobody but proxies.
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    // Not from a proxy.
    ['192.0.2.2', '198.51.100.4', '192.0.2.2'],
    ['::ffff:192.0.2.2', '198.51.100.4', '192.0.2.2'],
    ['2001:db8:ab::5', '198.51.100.4', '2001:db8:ab::5'],
    ['', '198.51.100.4', ''],
  ])('from %s with "%s" finds %s', (connection, header, address) => {
    expect(find(connection, header)).toBe(address)
  })

  test('takes several headers as one', () => {
    expect(find('10.0.0.1', ['203.0.113.200', '198.51.100.4', '10.0.0.2'])).toBe('198.51.100.4')
  })

  test('trusts nobody unless told', () => {
    expect(createAddressFinder([])('127.0.0.1', '198.51.100.4')).toBe('127.0.0.1')
  })

  const stranger = fc.ipV4().filter((address) => !/^(10\.|203\.0\.113\.)|^192\.0\.2\.1$/.test(address))
  const proxy = fc.nat(0xffffff).map((bits) => `10.${bits >> 16}.${(bits >> 8) & 255}.${bits & 255}`)

  test('finds whoever sent it to the first proxy, whatever they wrote themselves', () => {
    const forged = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), proxy, fc.constantFrom('127.0.0.1', '"', ',', ', ,'))
    fc.assert(
      fc.property(stranger, fc.array(forged), fc.array(proxy), proxy, (sender, written, passed, last) => {
        expect(find(last, [...written, sender, ...passed].join(', '))).toBe(sender)
      }),
      { numRuns: 500 },
    )
  })

  test('finds nobody but the other side of a connection that is no proxy’s', () => {
    fc.assert(
      fc.property(stranger, fc.oneof(fc.string(), fc.ipV4(), fc.array(fc.ipV4())), (sender, header) => {
        expect(find(sender, header)).toBe(sender)
      }),
    )
  })
})
