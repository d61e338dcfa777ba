import * as argon2 from '@node-rs/argon2'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { http1 } from '../support/https.ts'

vi.mock('@node-rs/argon2', { spy: true })

// A live server on HTTPS, and connections from hundreds of addresses: all of 127.0.0.0/8 are this machine's.

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ config: { host: '127.0.0.1' } })
})
afterAll(() => app.close())
beforeEach(() => {
  vi.clearAllMocks()
})

const query =
  'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { user { email } } }'

type Outcome = { code: string | undefined; cookies: string }

async function signIn(from: string, password: string, cookies = ''): Promise<Outcome> {
  const { headers, body } = await http1(app.url, {
    path: '/graphql',
    ca: app.ca,
    localAddress: from,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookies && { cookie: cookies }) },
    body: JSON.stringify({ query, variables: { email: admin.email, password } }),
  })
  const { errors } = JSON.parse(body)
  const set = [headers['set-cookie'] ?? []].flat().map((line) => line.split(';')[0])
  return { code: errors?.[0]?.extensions.code, cookies: set.filter((pair) => pair?.includes('-device=')).join('; ') }
}

/** An hour goes by, as far as attempts are concerned. */
const hourLater = () =>
  app.database.$executeRaw`
    UPDATE attempt_level SET updated_at = updated_at - interval '1 hour', blocked_until = blocked_until - interval '1 hour'`

const hashed = () => vi.mocked(argon2.verify).mock.calls.length

/** Some at a time. */
async function inTurns<T>(width: number, works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  for (let at = 0; at < works.length; at += width) {
    results.push(...(await Promise.all(works.slice(at, at + width).map((work) => work()))))
  }
  return results
}

describe('ASVS 6.3.1: a day of guesses from hundreds of addresses', () => {
  test('reaches the hashing less than 50 times, while the owner signs in', async () => {
    const home = '127.1.1.1'
    const office = '127.2.2.2'
    const { cookies: device } = await signIn(home, admin.password)
    await signIn(office, admin.password)
    expect(device).toMatch(/^__Host-lethe-device=/)
    vi.clearAllMocks()

    const refused = new Set<string | undefined>()
    let guesses = 0
    let signedIn = 0
    let place = 0
    for (let hour = 0; hour < 24; hour++) {
      // The attackers got hold of the office, too.
      const from = () => (place++ % 8 === 0 ? office : `127.3.${place >> 8}.${place & 255}`)
      const attack = Array.from({ length: 10 }, () => () => signIn(from(), `guess number ${guesses++}`))
      for (const { code } of await inTurns(10, attack)) refused.add(code)
      // She goes on working: on her computer, wherever that is, and at home on another one.
      const owner = [await signIn(`127.4.0.${hour + 1}`, admin.password, device), await signIn(home, admin.password)]
      expect(owner.map(({ code }) => code)).toEqual([undefined, undefined])
      signedIn += owner.length
      await hourLater()
    }
    expect(guesses).toBe(240)
    expect([...refused].toSorted()).toEqual(['SIGN_IN_FAILED', 'TOO_MANY_ATTEMPTS'])
    const reached = hashed() - signedIn
    expect(reached).toBeLessThan(50)
    // It was the count that stopped them, and nothing before it.
    expect(reached).toBeGreaterThan(20)
    const failures = await app.database.systemAuditEntry.count({ where: { operation: 'signIn', action: 'refused' } })
    expect(failures).toBe(reached)
    expect(app.logged.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })
})
