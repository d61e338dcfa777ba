import { randomUUID } from 'node:crypto'
import * as argon2 from '@node-rs/argon2'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { statementsOf } from '../contacts/lists-support.ts'
import { pastTheGuards } from '../support/database.ts'
import { everythingIn, systemEntries } from '../support/log.ts'
import { admin, type Installation, install, password } from './support.ts'

vi.mock('@node-rs/argon2', { spy: true })

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
  for (const name of ['gone', 'invited']) {
    await addUser(lethe.system, { email: `${name}@example.org`, name: '', password, roles: [] })
  }
  await transact(lethe.system, 'test', async (tx) => {
    await tx.user.update({ where: { email: 'gone@example.org' }, data: { disabledAt: new Date() } })
    await tx.user.update({ where: { email: 'invited@example.org' }, data: { passwordHash: '', passwordSetAt: null } })
  })
})
afterAll(() => lethe.close())
beforeEach(() => {
  vi.clearAllMocks()
})

const entries = (operation: string) => systemEntries(lethe.database, { operation })

describe('signing in', () => {
  test('gives a token and a cookie, either of which then tells who calls', async () => {
    const { data, bearer, cookie } = await lethe.signIn(' Boss@Example.org ')
    expect(data?.['signIn'].user.email).toBe(admin.email)
    expect(Date.parse(data?.['signIn'].sessionExpiresAt) - Date.now()).toBeGreaterThan(11.9 * 3_600_000)
    expect(Date.parse(data?.['signIn'].expiresAt) - Date.now()).toBeLessThanOrEqual(10 * 60_000)
    expect(data?.['signIn'].challenge).toBeNull()
    for (const credentials of [{ bearer }, { cookie }]) {
      const me = await lethe.run('{ me { email roles { key name } rights { right read write } } }', {}, credentials)
      expect(me.data).toEqual({
        me: {
          email: admin.email,
          roles: [{ key: 'administrator', name: 'Administrator' }],
          rights: [{ right: '*', read: true, write: true }],
        },
      })
    }
    expect((await lethe.run('{ me { email } }')).data).toEqual({ me: null })
  })

  test('ASVS 6.3.8: fails alike for a wrong password and for who can not sign in at all, after the same work', async () => {
    await lethe.signIn() // So that all that is prepared once is prepared.
    const failures = []
    const work = []
    const stored = await lethe.database.systemAuditEntry.count()
    const attempts = [
      [admin.email, 'not the password at all'],
      ['nobody@example.org', password],
      ['gone@example.org', password],
      ['invited@example.org', password],
      ['invited@example.org', ''],
      ['no\u0000address', password],
      [admin.email, password + 'x'.repeat(2000)],
    ] as const
    // From a place where nobody was, and from one where the user has signed in.
    for (const address of ['203.0.113.9', '192.0.2.7']) {
      for (const [email, secret] of attempts) {
        vi.clearAllMocks()
        let result: Awaited<ReturnType<typeof lethe.signIn>> | undefined
        const statements = await statementsOf(async () => {
          result = await lethe.signIn(email, secret, { address })
        })
        const { message, extensions } = result?.errors[0] ?? {}
        failures.push({ message, extensions, cookies: result?.cookies, devices: result?.devices })
        const parameters = vi.mocked(argon2.verify).mock.calls.map(([hashed]) => argon2.parseOptions(hashed))
        const hashings = vi.mocked(argon2.hash).mock.calls.length
        work.push({ parameters, hashings, statements: statements.map(({ text }) => text) })
      }
      await lethe.database.attemptLevel.deleteMany({ where: { NOT: { key: { startsWith: 'familiar-place' } } } })
    }
    expect(failures[0]?.extensions).toEqual({ code: 'SIGN_IN_FAILED' })
    expect(work[0]?.parameters).toMatchObject([
      { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32, saltLen: 16 },
    ])
    expect(work[0]?.statements.length).toBeGreaterThan(8)
    for (const failure of failures) expect(failure).toEqual(failures[0])
    for (const done of work) expect(done).toEqual(work[0])
    expect(await lethe.database.systemAuditEntry.count()).toBe(stored + 2 * attempts.length)
  })

  test('that is refused for too many attempts costs no hashing and no entry in the log', async () => {
    const from = (n: number) => ({ address: `203.0.113.${n}` })
    for (let n = 0; n < 3; n++) await lethe.signIn('tried@example.org', 'wrong', from(n))
    const stored = await lethe.database.systemAuditEntry.count()
    await lethe.signIn('tried@example.org', 'wrong', from(4))
    vi.clearAllMocks()
    const { errors, codes } = await lethe.signIn('tried@example.org', 'wrong', from(5))
    expect(codes).toEqual(['TOO_MANY_ATTEMPTS'])
    expect(errors[0]?.extensions['retryAfter']).toBe(1)
    expect(argon2.verify).not.toHaveBeenCalled()
    expect(await lethe.database.systemAuditEntry.count()).toBe(stored + 1)
  })

  test('a hundred times in one operation reaches the hashing as often as alone', async () => {
    const aliases = Array.from(
      { length: 90 },
      (_, n) => `a${n}: signIn(email: "user${n}@example.org", password: "wrong") { token }`,
    )
    vi.clearAllMocks()
    const { codes } = await lethe.run(`mutation { ${aliases.join(' ')} }`, {}, { address: '203.0.113.77' })
    expect(vi.mocked(argon2.verify).mock.calls.length).toBeLessThan(15)
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS').length).toBeGreaterThan(75)
  })

  test('is not counted when nobody judged it', async () => {
    vi.mocked(argon2.verify).mockRejectedValueOnce(new Error('busy'))
    const unjudged = { address: '203.0.113.88' }
    expect((await lethe.signIn('unjudged@example.org', 'wrong', unjudged)).codes).toEqual([undefined])
    const levels = await lethe.database.attemptLevel.findMany({ orderBy: { updatedAt: 'desc' }, take: 3 })
    // The third is of their network, from which others tried before.
    expect(levels.map(({ level }) => level).toSorted((one, other) => one - other)).toMatchObject([
      0,
      0,
      expect.any(Number),
    ])
  })

  test('hashes anew what was hashed at a lower cost, and tells the log of that, not of the hash', async () => {
    const { id } = await addUser(lethe.system, { email: 'old@example.org', name: '', password, roles: [] })
    const cheap = await argon2.hash(password, { memoryCost: 4096, timeCost: 1, parallelism: 1 })
    await pastTheGuards(lethe.url, 'UPDATE user_account SET password_hash = $1 WHERE id = $2', [cheap, id])
    const first = await lethe.signIn('old@example.org')
    expect(first.codes).toEqual([])
    const { passwordHash } = await lethe.database.user.findUniqueOrThrow({ where: { id } })
    expect(argon2.parseOptions(passwordHash)).toMatchObject({ memoryCost: 19_456, timeCost: 2 })
    expect((await lethe.signIn('old@example.org')).codes).toEqual([])
    const logged = await systemEntries(lethe.database, { entityId: id, action: 'updated' })
    expect(logged).toMatchObject([{ operation: 'signIn', fields: ['passwordHash'], changes: { passwordHash: {} } }])
  })

  test.each([
    ['the password is changed', { passwordHash: 'x', passwordSetAt: new Date('2030-01-01') }],
    ['the user is disabled', { disabledAt: new Date() }],
  ])('begins no session when meanwhile %s', async (_what, data) => {
    const email = `${randomUUID()}@example.org`
    const { id } = await addUser(lethe.system, { email, name: '', password, roles: [] })
    vi.mocked(argon2.verify).mockImplementationOnce(async () => {
      await transact(lethe.system, 'test', (tx) => tx.user.update({ where: { id }, data }))
      return true
    })
    const { codes, cookies } = await lethe.signIn(email)
    expect(codes).toEqual(['SIGN_IN_FAILED'])
    expect(cookies).toEqual([])
    expect(await lethe.database.session.count({ where: { userId: id } })).toBe(0)
  })

  test('is in the audit log, failed or not, and so is signing out', async () => {
    const { bearer } = await lethe.signIn()
    await lethe.signIn(admin.email, 'not the password at all')
    await lethe.run('mutation { signOut }', {}, { bearer })
    const { id } = await lethe.database.user.findUniqueOrThrow({ where: { email: admin.email } })
    const [refused, done] = (await entries('signIn')).reverse()
    expect(refused).toMatchObject({
      action: 'refused',
      entity: 'User',
      entityId: id,
      changes: { address: { new: '192.0.2.7' } },
    })
    expect(done).toMatchObject({ action: 'created', entity: 'Session', actorKind: 'user', actorId: id })
    expect(done?.fields).toEqual(['user', 'address', 'methods', 'expiresAt'])
    const [out] = (await entries('signOut')).reverse()
    expect(out).toMatchObject({ action: 'updated', entity: 'Session', entityId: done?.entityId, fields: ['endedAt'] })
  })

  test('ASVS 7.2.4: ends the session that the caller had', async () => {
    const first = await lethe.signIn()
    const second = await lethe.signIn(admin.email, password, { cookie: first.cookie })
    expect((await lethe.run('{ me { email } }', {}, { cookie: first.cookie })).data).toEqual({ me: null })
    expect((await lethe.run('{ me { email } }', {}, { cookie: second.cookie })).data).toEqual({
      me: { email: admin.email },
    })
    const [latest, former] = await lethe.database.session.findMany({ orderBy: { id: 'desc' }, take: 2 })
    expect([latest?.endedAt, former?.endedAt]).toEqual([null, expect.any(Date)])
  })

  test('leaves neither passwords nor tokens in the database', async () => {
    const { bearer, cookie, device, payload } = await lethe.signIn()
    const everything = await everythingIn(lethe.url)
    expect(everything).toContain(admin.email)
    for (const secret of [password, bearer, cookie, device, payload.refreshToken])
      expect(everything).not.toContain(secret)
    const log = JSON.stringify((await systemEntries(lethe.database)).map(({ changes }) => changes))
    expect(log).toContain(admin.email)
    expect(log).not.toContain('argon2')
  })
})

describe('signing out', () => {
  test('ASVS 7.4.1: ends cookie and token at once, though they were in use just now', async () => {
    const { bearer, cookie } = await lethe.signIn()
    await lethe.run('{ me { email } }', {}, { bearer })
    await lethe.run('{ me { email } }', {}, { cookie })
    const { data, cookies } = await lethe.run('mutation { signOut }', {}, { cookie })
    expect(data).toEqual({ signOut: true })
    expect(cookies).toEqual([null])
    expect((await lethe.run('{ me { email } }', {}, { cookie })).data).toEqual({ me: null })
    await expect(lethe.run('{ me { email } }', {}, { bearer })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('is nothing for who is not signed in', async () => {
    expect((await lethe.run('mutation { signOut }')).codes).toEqual(['UNAUTHENTICATED'])
  })
})
