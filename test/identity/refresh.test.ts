import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/client.ts'
import { transact } from '../../src/database/transact.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { refreshSession } from '../../src/modules/identity/sign-in/refresh.ts'
import { hashToken } from '../../src/modules/identity/sign-in/sessions.ts'
import { pastTheGuards } from '../support/database.ts'
import { systemEntries } from '../support/log.ts'
import { type Installation, install, password } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

const source =
  'mutation ($token: String!) { refreshSession(refreshToken: $token) { token expiresAt refreshToken sessionExpiresAt device user { email } challenge { token } } }'

const refresh = (token: string) => lethe.run(source, { token })

async function newSession() {
  const email = `${randomUUID()}@example.org`
  const { id } = await addUser(lethe.system, { email, name: '', password, roles: [] })
  const { payload, bearer, cookie } = await lethe.signIn(email)
  const token: string = payload.refreshToken
  return { userId: id, email, token, bearer, cookie: String(cookie) }
}

const isLive = async (cookie: string) => {
  lethe.time.now += 1000
  return (await lethe.authenticate({ cookie, bearer: undefined })).sessionId !== null
}

/** The refresh tokens that would still be taken. */
const usable = (userId: string) =>
  lethe.database.refreshToken.count({ where: { usedAt: null, session: { userId, endedAt: null } } })

describe('a refresh token', () => {
  test('gives the next access token and the next refresh token, of the same session', async () => {
    const { token, email, bearer } = await newSession()
    const { data, cookies, devices } = await refresh(token)
    const next = data?.['refreshSession']
    expect(next).toMatchObject({ user: { email }, device: null, challenge: null })
    expect(next.refreshToken).toMatch(/^[\w-]{43}$/)
    expect(next.refreshToken).not.toBe(token)
    expect(Date.parse(next.expiresAt) - Date.now()).toBeLessThanOrEqual(10 * 60_000)
    expect([cookies, devices]).toEqual([[], []])
    const sessionOf = async (one: string) => (await lethe.authenticate({ cookie: undefined, bearer: one })).sessionId
    expect(await sessionOf(next.token)).toBe(await sessionOf(bearer))
    expect((await refresh(next.refreshToken)).codes).toEqual([])
  })

  test('used a second time ends the session, and the log tells of it once', async () => {
    const { token, cookie, userId } = await newSession()
    const { refreshToken } = (await refresh(token)).data?.['refreshSession'] ?? {}
    const { id } = await lethe.database.session.findFirstOrThrow({ where: { userId } })
    for (let n = 0; n < 3; n++) expect((await refresh(token)).codes).toEqual(['UNAUTHENTICATED'])
    expect((await refresh(refreshToken)).codes).toEqual(['UNAUTHENTICATED'])
    expect(await isLive(cookie)).toBe(false)
    const entries = await systemEntries(lethe.database, { entityId: id, operation: 'refreshSession' })
    expect(entries.toSorted((a, b) => a.action.localeCompare(b.action))).toMatchObject([
      { action: 'refused', changes: { address: { new: '192.0.2.7' } } },
      { action: 'updated', fields: ['endedAt'] },
    ])
  })

  test.each([
    ['expired', "expires_at = now() - interval '1 second'"],
    ['was not used for too long', "last_seen_at = now() - interval '61 minutes'"],
    ['ended', 'ended_at = now()'],
  ])('is worth nothing when the session %s', async (_what, change) => {
    const { token, userId } = await newSession()
    await pastTheGuards(lethe.url, `UPDATE session SET ${change} WHERE user_id = '${userId}'`)
    expect((await refresh(token)).codes).toEqual(['UNAUTHENTICATED'])
  })

  test('ASVS 7.4.2: is worth nothing when the user is disabled', async () => {
    const { token, userId } = await newSession()
    await transact(lethe.system, 'test', (tx) =>
      tx.user.update({ where: { id: userId }, data: { disabledAt: new Date() } }),
    )
    expect((await refresh(token)).codes).toEqual(['UNAUTHENTICATED'])
  })

  test('ASVS 7.4.1: is worth nothing after signing out', async () => {
    const { token, bearer } = await newSession()
    await lethe.run('mutation { signOut }', {}, { bearer })
    expect((await refresh(token)).codes).toEqual(['UNAUTHENTICATED'])
  })

  test('that there is not is refused, and no other token is one', async () => {
    const { bearer, cookie, token } = await newSession()
    for (const made of ['', 'x', 'x'.repeat(43), `${token}x`, bearer, cookie]) {
      expect((await refresh(made)).codes).toEqual(['UNAUTHENTICATED'])
    }
    expect((await lethe.run('{ me { email } }', {}, { cookie: token })).data).toEqual({ me: null })
  })

  test('is stored as a hash', async () => {
    const { token } = await newSession()
    expect(await lethe.database.refreshToken.findUnique({ where: { tokenHash: token } })).toBeNull()
    expect(await lethe.database.refreshToken.findUnique({ where: { tokenHash: hashToken(token) } })).not.toBeNull()
  })
})

describe('refresh tokens', () => {
  test('used by many at once, on several processes, leave one successor or none', async () => {
    const elsewhere = openDatabase(lethe.url, { connections: 8, statementTimeout: 30_000 })
    const context = {
      ...lethe.system,
      address: '192.0.2.7',
      sessions: { lifetime: 12 * 3_600_000, idle: 3_600_000 },
    }
    for (let round = 0; round < 8; round++) {
      const { token, userId, cookie } = await newSession()
      const tries = [lethe.database, elsewhere, lethe.database, elsewhere].map((database) =>
        refreshSession({ ...context, database, requestId: randomUUID() }, token),
      )
      const won = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled')
      expect(won).toHaveLength(1)
      // The others found it used, so it was stolen, and what the first one got is gone, too.
      expect(await usable(userId)).toBe(0)
      expect(await isLive(cookie)).toBe(false)
    }
    await elsewhere.$disconnect()
  })

  test('never have two valid successors, in whatever order old and new ones are offered', async () => {
    // Each step offers the token that came so many before the latest, alone or twice at once.
    const steps = fc.array(fc.record({ age: fc.nat({ max: 3 }), twice: fc.boolean() }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(steps, async (offers) => {
        const { token, userId } = await newSession()
        const tokens = [token]
        let dead = false
        for (const { age, twice } of offers) {
          const offered = tokens.at(-1 - age)
          if (offered === undefined) continue
          const isLatest = offered === tokens.at(-1)
          const answers = await Promise.all(Array.from({ length: twice ? 2 : 1 }, () => refresh(offered)))
          const given = answers.flatMap(({ data }) => data?.['refreshSession']?.refreshToken ?? [])
          expect(given).toHaveLength(isLatest && !dead ? 1 : 0)
          tokens.push(...given)
          dead ||= twice || !isLatest
          expect(await usable(userId)).toBe(dead ? 0 : 1)
        }
      }),
      { numRuns: 25 },
    )
  })
})
