import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleTabs } from '../../src/http/graphiql-tabs.ts'
import { identity } from '../../src/modules/identity/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createProbe } from '../support/probe.ts'

let server: TestApp

beforeAll(async () => {
  const corsOrigins = ['https://crm.example', 'https://other.example']
  server = await startTestApp({ modules: [identity, createProbe().module], config: { corsOrigins } })
})
afterAll(() => server.close())

type Init = { method?: string; headers?: Record<string, string>; address?: string; secure?: boolean }

const call = (app: TestApp, path: string, { address = '127.0.0.1', secure = true, ...init }: Init = {}) =>
  app.app.fetch(new Request(new URL(path, app.url), init), { address, secure })

describe('health', () => {
  test('is alive and ready', async () => {
    const live = await call(server, '/health/live')
    expect([live.status, await live.json()]).toEqual([200, { status: 'alive' }])
    const ready = await call(server, '/health/ready')
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }])
  })

  test('is not ready any more once it is about to stop', async () => {
    const stopping = await startTestApp({ modules: [identity] })
    stopping.app.close()
    const ready = await call(stopping, '/health/ready')
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', reasons: ['The server is stopping.'] },
    ])
    expect((await call(stopping, '/health/live')).status).toBe(200)
    await stopping.close()
  })
})

describe('metrics', () => {
  test('count requests and operations by what can not grow without end', async () => {
    await server.graphql('query MadeUpName { __typename }')
    await server.graphql('{ boom }')
    await server.graphql('{ nonsense')
    await call(server, '/made-up/path')
    const response = await call(server, '/metrics')
    const text = await response.text()
    expect(response.headers.get('content-type')).toContain('text/plain')
    expect(text).toMatch(/http_request_duration_seconds_count\{route="\/graphql",status="200"\} [1-9]/)
    expect(text).toMatch(/http_request_duration_seconds_count\{route="unknown",status="404"\} [1-9]/)
    expect(text).toMatch(/graphql_operation_duration_seconds_count\{type="query",outcome="OK"\} [1-9]/)
    expect(text).toMatch(/graphql_operation_duration_seconds_count\{type="query",outcome="INTERNAL"\} [1-9]/)
    expect(text).toMatch(/graphql_operation_duration_seconds_count\{type="none",outcome="GRAPHQL_PARSE_FAILED"\} [1-9]/)
    expect(text).toContain('lethe_database_up 1')
    expect(text).toMatch(/^lethe_audit_oldest_seconds \d/m)
    expect(text).toContain('lethe_audit_fault{of="tree"} 0')
    expect(text).toContain('lethe_audit_fault{of="copies"} 0')
    expect(text).toContain('process_cpu_seconds_total')
    expect(text).not.toMatch(/MadeUpName|made-up/)
  })

  test('are for this machine alone', async () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect((await call(server, '/metrics', { address })).status).toBe(200)
    }
    expect((await call(server, '/metrics', { address: '192.0.2.1' })).status).toBe(403)
    expect((await call(server, '/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(403)
  })

  test('are for whoever has the token, where one is set', async () => {
    const guarded = await startTestApp({ modules: [identity], config: { metricsToken: 'let-me-read' } })
    const status = async (authorization: string) =>
      (await call(guarded, '/metrics', { address: '192.0.2.1', headers: { authorization } })).status
    expect(await status('Bearer let-me-read')).toBe(200)
    expect(await status('Bearer let-me-in')).toBe(401)
    expect((await call(guarded, '/metrics')).status).toBe(401)
    await guarded.close()
  })
})

describe('a page of another origin', () => {
  const preflight = (origin: string) => {
    const headers = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    }
    return call(server, '/graphql', { method: 'OPTIONS', headers })
  }
  const read = (origin: string) => call(server, '/graphql?query={__typename}', { headers: { origin } })

  test('may call when it is on the list', async () => {
    const { status, headers } = await preflight('https://crm.example')
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe('https://crm.example')
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('access-control-allow-headers')).toContain('content-type')
    const answer = await read('https://other.example')
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://other.example')
    expect(answer.headers.get('vary')).toContain('Origin')
  })

  for (const origin of ['https://evil.example', 'null', 'https://crm.example.evil', 'http://crm.example']) {
    test(`may not when it is ${origin}`, async () => {
      for (const answer of [await preflight(origin), await read(origin)]) {
        expect(answer.headers.get('access-control-allow-origin')).toBeNull()
        expect(answer.headers.get('vary')).toContain('Origin')
      }
    })
  }

  test('may not when there is no list', async () => {
    const closed = await startTestApp({ modules: [identity] })
    const answer = await call(closed, '/graphql?query={__typename}', { headers: { origin: 'https://crm.example' } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    await closed.close()
  })
})

test('nothing is answered to who did not come by TLS', async () => {
  for (const path of ['/graphql?query={__typename}', '/sign-in', '/health/live']) {
    expect((await call(server, path, { secure: false })).status).toBe(403)
  }
})

describe('pages', () => {
  const page = (path: string, headers: Record<string, string> = {}) =>
    call(server, path, { headers: { accept: 'text/html', ...headers } })
  const policyOf = (response: Response) => response.headers.get('content-security-policy') ?? ''

  test('a browser is led to the API, and there to sign in', async () => {
    const start = await page('/')
    expect([start.status, start.headers.get('location')]).toEqual([303, '/graphql'])
    const api = await page('/graphql')
    expect([api.status, api.headers.get('location')]).toEqual([303, '/sign-in'])
    const shared = await page('/graphql?query={__typename}')
    expect(shared.headers.get('location')).toBe('/sign-in?next=%2Fgraphql%3Fquery%3D%7B__typename%7D')
  })

  test('a password manager is led to where the password is changed', async () => {
    const answer = await page('/.well-known/change-password')
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account#password'])
  })

  test('GraphiQL is there for who is signed in, and loads nothing from elsewhere', async () => {
    const authorization = `Bearer ${await server.signIn()}`
    const response = await page('/graphql', { authorization })
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(html).toContain('<title>Lethe</title>')
    expect(html.replace(/<(script|style)>.*?<\/\1>/gs, '')).not.toMatch(/(src|href)="(?!data:|\/account")/)
    expect(policyOf(response)).toMatch(/default-src 'none'; script-src( 'sha256-[\w+/=]{44}')+; /)
    expect(policyOf(response)).not.toMatch(/https?:|unsafe-eval|script-src[^;]*unsafe/)
    const again = await page('/graphql', { authorization, 'if-none-match': response.headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
  })

  test('a bearer token that is not genuine opens no page', async () => {
    expect((await page('/graphql', { authorization: 'Bearer nonsense' })).status).toBe(401)
  })

  test('GraphiQL opens with operations that work', async () => {
    const product = await startTestApp()
    const token = await product.signIn()
    for (const query of exampleTabs) {
      expect(query).toMatch(/^# /)
      expect(await product.graphql(query, {}, token)).toMatchObject({ status: 200, data: expect.anything() })
      expect((await product.graphql(query, {}, token)).errors).toBeUndefined()
    }
    await product.close()
  })

  test('GraphiQL can be turned off; the pages for signing in stay', async () => {
    const plain = await startTestApp({ modules: [identity], config: { graphiql: false } })
    expect((await call(plain, '/')).headers.get('location')).toBe('/account')
    for (const path of ['/sign-in', '/link']) expect((await call(plain, path)).status).toBe(200)
    const answer = await call(plain, '/graphql?query={__typename}', { headers: { accept: 'text/html, */*' } })
    expect(await answer.json()).toEqual({ data: { __typename: 'Query' } })
    await plain.close()
  })

  test('signing in speaks the language of the browser', async () => {
    const languages = {
      '': 'en',
      'de-AT,de;q=0.9,en;q=0.8': 'de',
      'en-GB,de;q=0.5': 'en',
      'fr, de;q=0.3': 'de',
      'de;q=0, *': 'en',
    }
    for (const [wish, language] of Object.entries(languages)) {
      const html = await (await page('/sign-in', { 'accept-language': wish })).text()
      expect([wish, html.match(/<html lang="(..)">/)?.[1]]).toEqual([wish, language])
    }
  })

  test('signing in runs its own script and nothing else', async () => {
    const policy = policyOf(await page('/sign-in'))
    expect(policy).toMatch(/script-src 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'/)
    expect(policy).toContain("connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
  })
})
