import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { startHousekeeping } from '../../src/housekeeping.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { identity } from '../../src/modules/identity/index.ts'
import { keepHouse } from '../../src/modules/identity/sign-in/housekeeping.ts'
import { withClient } from '../support/database.ts'
import { type Installation, install, password } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

const day = 24 * 3_600_000
const ago = (days: number) => new Date(Date.now() - days * day)

async function leaveTraces() {
  const email = `${randomUUID()}@example.org`
  const { id: userId } = await addUser(lethe.system, { email, name: '', password, roles: [] })
  const [live, ended] = [await lethe.signIn(email), await lethe.signIn(email)]
  await lethe.run('mutation { signOut }', {}, { bearer: ended.bearer })
  const challenge = { userId, methods: ['password'] }
  const link = (days: number) => ({
    id: randomUUID(),
    userId,
    purpose: 'password-reset',
    tokenHash: randomUUID(),
    expiresAt: ago(days),
  })
  const level = (key: string, days: number) => ({ key, level: 1, updatedAt: ago(days), blockedUntil: ago(days) })
  await transact(lethe.system, 'test', async (tx) => {
    await tx.signInChallenge.create({ data: { ...challenge, tokenHash: `${userId} over`, expiresAt: ago(0.001) } })
    await tx.signInChallenge.create({ data: { ...challenge, tokenHash: `${userId} open`, expiresAt: ago(-0.001) } })
    for (const days of [-1, 29, 31]) await tx.signInLink.create({ data: link(days) })
    for (const [key, days] of [
      ['account:recent', 1],
      ['account:old', 6],
      ['familiar-place:known', 89],
      ['familiar-place:forgotten', 91],
    ] as const) {
      await tx.attemptLevel.create({ data: level(`${key}${userId}`, days) })
    }
  })
  return { userId, live }
}

async function left({ userId }: { userId: string }) {
  const { database } = lethe
  const keys = await database.attemptLevel.findMany({ where: { key: { endsWith: userId } }, orderBy: { key: 'asc' } })
  return {
    challenges: (await database.signInChallenge.findMany({ where: { userId } })).map((row) => row.tokenHash),
    refreshTokens: await database.refreshToken.count({ where: { session: { userId } } }),
    links: await database.signInLink.count({ where: { userId } }),
    levels: keys.map(({ key }) => key.replace(userId, '')),
  }
}

const tidy = (userId: string) => ({
  challenges: [`${userId} open`],
  refreshTokens: 1,
  links: 2,
  levels: ['account:recent', 'familiar-place:known'],
})

describe('housekeeping', () => {
  test('removes what is over, leaves what is not, and tells the log of links', async () => {
    const traces = await leaveTraces()
    await keepHouse(lethe.system)
    expect(await left(traces)).toEqual(tidy(traces.userId))
    expect((await lethe.run('{ me { id } }', {}, { cookie: traces.live.cookie })).data?.['me']).not.toBeNull()
    const refreshed = await lethe.run('mutation ($token: String!) { refreshSession(refreshToken: $token) { token } }', {
      token: traces.live.payload.refreshToken,
    })
    expect(refreshed.codes).toEqual([])
    const logged = await lethe.database.systemAuditEntry.findMany({ where: { operation: 'housekeeping' } })
    expect(logged).toMatchObject([{ action: 'removed', entity: 'SignInLink', actorKind: 'system' }])
    await keepHouse(lethe.system)
    expect(await lethe.database.systemAuditEntry.count({ where: { operation: 'housekeeping' } })).toBe(1)
  })

  test('is done by one process at a time', async () => {
    const traces = await leaveTraces()
    await withClient(lethe.url, async (client) => {
      await client.query('BEGIN')
      await client.query('SELECT pg_advisory_xact_lock(5384846)')
      await keepHouse(lethe.system)
      expect((await left(traces)).levels).toHaveLength(4)
    })
    await Promise.all(Array.from({ length: 4 }, () => keepHouse(lethe.system)))
    expect(await left(traces)).toEqual(tidy(traces.userId))
  })

  test('of each module begins with the server and ends with it, and goes on where that of another fails', async () => {
    const traces = await leaveTraces()
    const broken = { name: 'broken', housekeeping: () => Promise.reject(new Error('no')) }
    const { close } = startHousekeeping(lethe.system, [broken, { name: 'none' }, identity])
    await expect.poll(() => left(traces)).toEqual(tidy(traces.userId))
    await close()
    // What runs is waited for.
    const begun = await leaveTraces()
    await startHousekeeping(lethe.system, [identity]).close()
    expect(await left(begun)).toEqual(tidy(begun.userId))
  })
})
