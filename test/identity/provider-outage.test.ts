import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { forge, signer } from '../support/forge.ts'
import { audience } from '../support/provider.ts'
import { type Setup, startSetup } from './provider-support.ts'

let setup: Setup
let passed = 0

beforeAll(async () => {
  const clock = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + passed)
  setup = await startSetup({ roles: [{ value: 'crm', role: 'editor' }] })
  setup.provider.accounts['ada'] = { email: 'ada@example.org', email_verified: true, groups: ['crm'] }
})

afterEach(() => {
  setup.provider.instead = undefined
  setup.provider.asked.length = 0
  vi.useRealTimers()
  passed += hour
})

afterAll(async () => {
  await setup.close()
  vi.restoreAllMocks()
})

const hour = 3_600_000
const discovery = '/.well-known/openid-configuration'

/** A good access token of the provider. */
function token() {
  const { keys, issuer } = setup.provider
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    aud: audience,
    sub: 'ada',
    iat: now,
    exp: now + 600,
    client_id: 'spa',
    jti: randomUUID(),
  }
  return forge({ alg: 'RS256', typ: 'at+jwt', kid: keys.rsa.kid }, claims, signer(keys.rsa))
}

async function send(bearer = token()) {
  const { status, data, errors } = await setup.app.graphql('{ me { email } }', {}, bearer)
  return { status, code: errors?.[0].extensions.code, email: data?.me?.email }
}

const accepted = { status: 200, code: undefined, email: 'ada@example.org' }
const unavailable = { status: 503, code: 'UNAVAILABLE', email: undefined }
const asked = (path: string) => setup.provider.asked.filter((one) => one.endsWith(` ${path}`)).length

/** Answers at one path instead of the provider. */
function answering(path: string, answer: (response: ServerResponse, request: IncomingMessage) => unknown) {
  setup.provider.instead = (request, response) => {
    if (request.url?.split('?')[0] !== path) return false
    answer(response, request)
    return true
  }
}

const json = (body: unknown) => (response: ServerResponse) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
const metadata = (changes: object) => {
  const { issuer } = setup.provider
  const endpoints = {
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  }
  return json({ issuer, ...endpoints, ...changes })
}

test('the product starts without the provider, says so, and finds it once it is there', async () => {
  await setup.provider.stop()
  expect(await send()).toEqual(unavailable)
  expect(setup.app.logged).toContainEqual(
    expect.objectContaining({ level: 40, error: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
  )
  const browser = setup.browser()
  const { headers } = await browser.get(`${setup.app.url}/sign-in/provider?next=/account`)
  expect(headers['location']).toBe('/sign-in?error=provider-failed&next=%2Faccount')
  await setup.provider.start()
  expect(await send(), 'just failed').toEqual(unavailable)
  passed += 6000
  expect((await setup.signIn('ada')).error).toBeNull()
  expect(await send()).toEqual(accepted)
})

test('while the provider is in trouble it is asked once in five seconds, whoever comes', async () => {
  setup.provider.instead = (_request, response) => {
    response.writeHead(503).end()
    return true
  }
  const together = await Promise.all(Array.from({ length: 20 }, () => send()))
  expect(together).toEqual(Array.from({ length: 20 }, () => unavailable))
  for (let time = 0; time < 5; time++) expect((await setup.signIn('ada')).error).toBe('provider-failed')
  expect(asked(discovery)).toBe(1)
  passed += 6000
  expect(await send()).toEqual(unavailable)
  expect(asked(discovery)).toBe(2)
})

test('what it says of itself is asked for once in ten minutes', async () => {
  await Promise.all(Array.from({ length: 20 }, () => send()))
  await setup.signIn('ada')
  expect([asked(discovery), asked('/jwks')]).toEqual([1, 1])
  passed += 11 * 60_000
  await send()
  expect(asked(discovery)).toBe(2)
})

const mismatch = 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'
const saying = (message: RegExp) => ({ message: expect.stringMatching(message) })
const plain = (path: string) => setup.provider.issuer.replace('https', 'http') + path

describe('a provider is not believed', () => {
  test.each([
    ['ASVS 10.5.3: is somebody else', () => metadata({ issuer: 'https://evil.example' }), { code: mismatch }],
    [
      'ASVS 10.5.3: is not written like that',
      () => metadata({ issuer: `${setup.provider.issuer}/` }),
      saying(/LETHE_OIDC_ISSUER/),
    ],
    ['publishes no keys', () => metadata({ jwks_uri: undefined }), saying(/no keys/)],
    ['has its keys without TLS', () => metadata({ jwks_uri: plain('/jwks') }), saying(/HTTPS only/)],
    ['has no issuer', () => metadata({ issuer: undefined }), { code: 'OAUTH_INVALID_RESPONSE' }],
    ['is a list', () => json([]), { code: 'OAUTH_INVALID_RESPONSE' }],
    ['is no JSON', () => (response: ServerResponse) => response.end('<html>'), {}],
    [
      'is endless',
      () => (response: ServerResponse) => response.end(`{"a":"${'a'.repeat(2_000_000)}"}`),
      saying(/bytes/),
    ],
    [
      'is elsewhere',
      () => (response: ServerResponse) =>
        response.writeHead(302, { location: `${setup.provider.issuer}/elsewhere` }).end(),
      { code: 'OAUTH_RESPONSE_IS_NOT_CONFORM' },
    ],
  ])('that says it %s', async (_what, answer, error) => {
    answering(discovery, answer())
    const before = setup.app.logged.length
    expect(await send()).toEqual(unavailable)
    expect(asked('/elsewhere')).toBe(0)
    const warnings = setup.app.logged.slice(before).filter(({ level }) => level === 40)
    expect(warnings).toEqual([expect.objectContaining({ error: expect.objectContaining(error) })])
  })

  test('that hands out sign-ins without TLS', async () => {
    answering(discovery, metadata({ token_endpoint: plain('/token') }))
    expect((await setup.signIn('ada')).error).toBe('provider-failed')
    expect(asked('/token')).toBe(0)
  })

  test.each([
    ['are not there', (response: ServerResponse) => response.writeHead(404).end()],
    ['are no JSON', (response: ServerResponse) => response.end('<html>')],
    ['are no keys', json({ keys: 'none' })],
    ['are elsewhere', (response: ServerResponse) => response.writeHead(301, { location: '/elsewhere' }).end()],
  ])('whose keys %s: that is not the caller’s fault', async (_what, answer) => {
    answering('/jwks', answer)
    expect(await send()).toEqual(unavailable)
    expect((await setup.signIn('ada')).error).toBe('provider-failed')
  })

  test('whose keys can not be had: then it is not asked again for a while', async () => {
    answering('/jwks', (response) => response.writeHead(503).end())
    const together = await Promise.all(Array.from({ length: 20 }, () => send()))
    for (let time = 0; time < 5; time++) together.push(await send())
    expect(together).toEqual(Array.from({ length: 25 }, () => unavailable))
    expect(asked('/jwks')).toBe(1)
  })

  test.each(['/token', '/me'])('that fails at %s: then nobody is signed in, and no role goes', async (path) => {
    expect((await setup.signIn('ada')).error).toBeNull()
    const roles = await setup.app.database.roleAssignment.count()
    answering(path, (response) => response.writeHead(500).end())
    const { error, browser } = await setup.signIn('ada')
    expect([error, await setup.me(browser)]).toEqual(['provider-failed', null])
    expect(await setup.app.database.roleAssignment.count()).toBe(roles)
  })
})

describe('the keys of the provider', () => {
  test('change, and after half a minute the new ones count, and the old ones do not', async () => {
    const old = token()
    expect(await send(old)).toEqual(accepted)
    await setup.provider.rotate()
    expect(await send(), 'just asked').toMatchObject({ status: 401 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
    passed += 31_000
    expect(await send()).toEqual(accepted)
    expect(await send(old)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    expect((await setup.signIn('ada')).error).toBeNull()
  })

  test('are not asked for by tokens with made-up ones', async () => {
    expect(await send()).toEqual(accepted)
    const [, payload = '', signature = ''] = token().split('.')
    for (let number = 0; number < 20; number++) {
      const header = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid: `made up ${number}` }))
      const made = `${header.toString('base64url')}.${payload}.${signature}`
      expect(await send(made)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    }
    expect(asked('/jwks')).toBe(1)
  })

  test('that are known go on to count while they can not be had anew', async () => {
    expect(await send()).toEqual(accepted)
    answering('/jwks', (response) => response.writeHead(503).end())
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
    passed += 31_000
    const [, payload = '', signature = ''] = token().split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid: 'made up' })).toString('base64url')
    expect(await send(`${header}.${payload}.${signature}`)).toEqual(unavailable)
    expect(await send()).toEqual(accepted)
  })
})

test('without an audience in the settings, no access token of the provider counts', async () => {
  const other = await startSetup({ audience: undefined })
  other.provider.accounts['ada'] = { email: 'ada@example.org', email_verified: true }
  expect((await other.signIn('ada')).error).toBeNull()
  const { accessToken } = await other.provider.tokens('ada')
  const { status, errors } = await other.app.graphql('{ me { email } }', {}, accessToken)
  expect([status, errors?.[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
  await other.close()
})
