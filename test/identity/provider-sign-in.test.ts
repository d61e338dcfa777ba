import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Flow, flowOf, setFlowCookie } from '../../src/modules/identity/provider/flow.ts'
import type { Browser } from '../support/cookies.ts'
import { clientId } from '../support/provider.ts'
import { type Setup, startSetup } from './provider-support.ts'

let setup: Setup

beforeAll(async () => {
  setup = await startSetup()
  setup.provider.accounts['ada'] = { email: 'ada@example.org', email_verified: true }
})

beforeEach(() => {
  setup.provider.answer = { subject: 'ada' }
})

afterAll(() => setup.close())

const startUrl = () => `${setup.app.url}/sign-in/provider`
const callback = () => `${startUrl()}/callback`
const flowCookie = '__Host-lethe-provider'
const key = () => setup.app.work.secrets.signingKey('provider')

/** Goes as far as the provider's answer, and doesn't take it to us yet. */
const answerFor = async (browser: Browser) => new URL((await browser.open(startUrl(), { until: callback() })).url)

/** Whether somebody is signed in, and the code for the page for signing in. */
async function bring(browser: Browser, answer: URL | string) {
  const { url } = await browser.open(String(answer))
  return { signedIn: browser.cookies(setup.app.url).has('__Host-lethe'), error: new URL(url).searchParams.get('error') }
}

const refused = (error: string) => ({ signedIn: false, error })

describe('a sign-in', () => {
  test('ASVS 10.1.2, 10.2.1: asks for a code, with PKCE, state and nonce of its own each time', async () => {
    const requests = await Promise.all(
      [1, 2].map(async () => {
        const { headers } = await setup.browser().get(startUrl())
        return new URL(String(headers['location']))
      }),
    )
    for (const { origin, pathname, searchParams } of requests) {
      expect(origin + pathname).toBe(`${setup.provider.issuer}/auth`)
      const { state, nonce, code_challenge, ...fixed } = Object.fromEntries(searchParams)
      expect(fixed).toEqual({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: callback(),
        scope: 'openid email profile',
        code_challenge_method: 'S256',
      })
      for (const random of [state, nonce, code_challenge]) expect(random).toMatch(/^[\w-]{43}$/)
    }
    const values = requests.flatMap(({ searchParams }) =>
      ['state', 'nonce', 'code_challenge'].map((name) => searchParams.get(name)),
    )
    expect(new Set(values).size).toBe(6)
  })

  test('ends with a session, on a page of ours that goes on', async () => {
    const { browser, url, status, body } = await setup.signIn('ada', { next: '/graphql?query={me{id}}' })
    expect([url.origin + url.pathname, status]).toEqual([callback(), 200])
    expect(body).toContain('href="/graphql?query={me{id}}"')
    expect(await setup.me(browser)).toMatchObject({ email: 'ada@example.org' })
    const session = await setup.app.database.session.findFirst({ orderBy: { createdAt: 'desc' } })
    expect(session?.methods).toEqual(['provider'])
  })

  test('ASVS 3.3.1 to 3.3.4: is kept in a sealed cookie that scripts do not see, and forgotten at its end', async () => {
    const browser = setup.browser()
    const { headers } = await browser.get(startUrl())
    const [sealed = ''] = [headers['set-cookie'] ?? []].flat()
    expect(sealed).toMatch(/^__Host-lethe-provider=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/)
    const flow = await kept(browser)
    for (const secret of [flow.state, flow.nonce, flow.verifier]) {
      expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').includes(secret)).toBe(false)
    }
    const answer = await answerFor(browser)
    const page = await browser.get(answer.href)
    const cookies = [page.headers['set-cookie'] ?? []].flat()
    expect(cookies).toContainEqual(
      expect.stringMatching(/^__Host-lethe=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/),
    )
    expect(browser.cookies(setup.app.url).has(flowCookie)).toBe(false)
  })

  test('ASVS 3.4.3: its last page runs no script but its own', async () => {
    const browser = setup.browser()
    const { headers, body } = await browser.get((await answerFor(browser)).href)
    const script = /<script>(.*)<\/script>/s.exec(body)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    expect(headers['content-security-policy']).toContain(`script-src 'sha256-${hash}'`)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['cache-control']).toBe('no-store')
  })

  test('speaks the language of the browser', async () => {
    const browser = setup.browser()
    const cookie = () => `${flowCookie}=${browser.cookies(setup.app.url).get(flowCookie)}`
    const url = (await answerFor(browser)).href
    const request = new Request(url, { headers: { cookie: cookie(), 'accept-language': 'de-AT, en;q=0.5' } })
    expect(await (await setup.app.app.fetch(request)).text()).toContain('>Weiter<')
  })

  test.each([
    ['/graphql', '/graphql'],
    ['/account?tab=1#sessions', '/account?tab=1#sessions'],
    ['/a"><script>alert(1)</script>', '/a%22%3E%3Cscript%3Ealert(1)%3C/script%3E'],
    ['account', '/'],
    ['', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['\\\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['/.//evil.example', '/'],
    ['/a/..//evil.example', '/'],
    ['https://evil.example', '/'],
    ['https:evil.example', '/'],
    ['javascript:alert(1)', '/'],
    [' /graphql', '/'],
    [`/${'a'.repeat(2000)}`, '/'],
  ])('ASVS 3.7.2: goes on to paths of this host only: %j', async (next, path) => {
    const { body } = await setup.signIn('ada', { next })
    expect(/<a id="next" href="([^"]*)">/.exec(body)?.[1]).toBe(path)
  })

  test('also where everything is in the ID token', async () => {
    setup.provider.fullIdToken = true
    setup.provider.serve(setup.app.url)
    const { error, browser } = await setup.signIn('ada')
    expect([error, await setup.me(browser)]).toEqual([null, expect.objectContaining({ email: 'ada@example.org' })])
    setup.provider.fullIdToken = false
    setup.provider.serve(setup.app.url)
  })
})

describe('a sign-in that goes wrong', () => {
  test('because the user refuses', async () => {
    setup.provider.answer = 'refuses'
    expect(await bring(setup.browser(), startUrl())).toEqual(refused('provider-denied'))
  })

  test('ASVS 10.1.2: because nobody began it in this browser', async () => {
    const answer = await answerFor(setup.browser())
    expect(await bring(setup.browser(), answer)).toEqual(refused('provider-expired'))
    const other = setup.browser()
    await other.get(startUrl())
    expect(await bring(other, answer)).toEqual(refused('provider-expired'))
    expect(other.cookies(setup.app.url).has(flowCookie), 'its own sign-in goes on').toBe(true)
  })

  test('because the answer comes again', async () => {
    const browser = setup.browser()
    const answer = await answerFor(browser)
    const cookies = new Map(browser.cookies(setup.app.url))
    expect(await bring(browser, answer)).toEqual({ signedIn: true, error: null })
    const again = setup.browser()
    expect(await bring(again, answer)).toEqual(refused('provider-expired'))
    const withCookie = setup.browser()
    for (const [name, value] of cookies) withCookie.cookies(setup.app.url).set(name, value)
    expect(await bring(withCookie, answer)).toEqual(refused('provider-expired'))
  })

  test('because the cookie was altered, in whatever part', async () => {
    const browser = setup.browser()
    const answer = await answerFor(browser)
    const jar = browser.cookies(setup.app.url)
    const genuine = jar.get(flowCookie) ?? ''
    const parts = genuine.split('.')
    const altered = [0, 2, 3, 4].map((index) =>
      parts.map((part, at) => (at === index ? `${part[0] === 'A' ? 'B' : 'A'}${part.slice(1)}` : part)).join('.'),
    )
    const plain = [Buffer.from('{"alg":"none"}'), Buffer.from('{"state":"x"}')].map((part) =>
      part.toString('base64url'),
    )
    for (const cookie of [...altered, `${plain.join('.')}.`, parts.slice(0, 3).join('.'), 'x', 'a.b.c.d.e']) {
      jar.set(flowCookie, cookie)
      expect(await bring(browser, answer), cookie).toEqual(refused('provider-expired'))
    }
    jar.set(flowCookie, genuine)
    expect(await bring(browser, answer)).toEqual({ signedIn: true, error: null })
  })

  test.each([
    ['PKCE verifier', 'ASVS 10.2.1', { verifier: 'a'.repeat(43) }, 'provider-expired'],
    ['nonce', 'ASVS 10.5.1', { nonce: 'a'.repeat(43) }, 'provider-failed'],
    ['state', 'ASVS 10.1.2', { state: 'a'.repeat(43) }, 'provider-expired'],
  ])('because the %s is of another sign-in (%s)', async (_what, _asvs, other, error) => {
    const browser = setup.browser()
    const answer = await answerFor(browser)
    await keep(browser, { ...(await kept(browser)), ...other })
    expect(await bring(browser, answer)).toEqual(refused(error))
  })

  test('ASVS 10.1.2: because the code is of another sign-in', async () => {
    const [own, others] = [setup.browser(), setup.browser()]
    const answer = await answerFor(own)
    answer.searchParams.set('code', (await answerFor(others)).searchParams.get('code') ?? '')
    expect(await bring(own, answer)).toEqual(refused('provider-expired'))
  })

  test('because it took too long', async () => {
    const browser = setup.browser()
    const answer = await answerFor(browser)
    const { EncryptJWT } = await import('jose')
    const old = await new EncryptJWT(await kept(browser))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(Math.floor(Date.now() / 1000) - 1)
      .encrypt(key())
    browser.cookies(setup.app.url).set(flowCookie, old)
    expect(await bring(browser, answer)).toEqual(refused('provider-expired'))
  })

  test.each([
    ['has no state', (answer: URL) => answer.searchParams.delete('state'), 'provider-expired'],
    ['has two states', (answer: URL) => answer.searchParams.append('state', 'x'), 'provider-failed'],
    ['has no code', (answer: URL) => answer.searchParams.delete('code'), 'provider-failed'],
    ['has two codes', (answer: URL) => answer.searchParams.append('code', 'x'), 'provider-failed'],
    ['does not say who answers', (answer: URL) => answer.searchParams.delete('iss'), 'provider-failed'],
    [
      'is of another provider',
      (answer: URL) => answer.searchParams.set('iss', 'https://evil.example'),
      'provider-failed',
    ],
    ['has an ID token in it', (answer: URL) => answer.searchParams.set('id_token', 'a.b.c'), 'provider-failed'],
    ['is an error', (answer: URL) => answer.searchParams.set('error', 'server_error'), 'provider-failed'],
  ])('ASVS 10.2.2: because the answer %s', async (_what, alter, error) => {
    const browser = setup.browser()
    const answer = await answerFor(browser)
    alter(answer)
    expect(await bring(browser, answer)).toEqual(refused(error))
  })

  test('and what went wrong is in the log, without what was secret', async () => {
    const before = setup.app.logged.length
    const browser = setup.browser()
    const answer = await answerFor(browser)
    const flow = await kept(browser)
    await keep(browser, { ...flow, verifier: 'a'.repeat(43) })
    await bring(browser, answer)
    const lines = setup.app.logged.slice(before)
    expect(lines).toContainEqual(expect.objectContaining({ level: 40, reason: 'invalid_grant' }))
    const text = JSON.stringify(lines)
    for (const secret of [flow.state, flow.nonce, flow.verifier, answer.searchParams.get('code') ?? 'no code']) {
      expect(text).not.toContain(secret)
    }
  })
})

const cookieRequest = (browser: Browser) =>
  new Request(callback(), { headers: { cookie: `${flowCookie}=${browser.cookies(setup.app.url).get(flowCookie)}` } })

async function kept(browser: Browser): Promise<Flow> {
  const flow = await flowOf(key(), cookieRequest(browser))
  if (!flow) throw new Error('the browser has no sign-in under way')
  return flow
}

async function keep(browser: Browser, flow: Flow) {
  const line = await setFlowCookie(key(), flow)
  browser.cookies(setup.app.url).set(flowCookie, /=([^;]*)/.exec(line)?.[1] ?? '')
}
