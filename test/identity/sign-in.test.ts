import * as argon2 from '@node-rs/argon2'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { withClient } from '../support/database.ts'
import { admin, type Installation, install, password } from './support.ts'

vi.mock('@node-rs/argon2', { spy: true })

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
  const { id } = await addUser(lethe.system, { email: 'gone@example.org', name: '', password, roles: [] })
  await lethe.database.$transaction([
    lethe.database.user.update({ where: { id }, data: { disabledAt: new Date() } }),
    lethe.database.systemAuditEntry.create({
      data: {
        id,
        requestId: '',
        actorKind: 'system',
        action: 'updated',
        operation: '',
        entity: 'User',
        entityId: id,
        values: {},
      },
    }),
  ])
})
afterAll(() => lethe.close())
beforeEach(() => {
  vi.clearAllMocks()
})

const entries = (operation: string) =>
  lethe.database.systemAuditEntry.findMany({ where: { operation }, orderBy: { id: 'asc' } })

describe('signing in', () => {
  test('gives a token and a cookie, either of which then tells who calls', async () => {
    const { data, bearer, cookie } = await lethe.signIn(' Boss@Example.org ')
    expect(data?.['signIn'].user.email).toBe(admin.email)
    expect(Date.parse(data?.['signIn'].expiresAt) - Date.now()).toBeGreaterThan(11.9 * 3_600_000)
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

  test('fails alike for a wrong password, an unknown user and a disabled one, after the same work', async () => {
    const failures = []
    const work = []
    const stored = await lethe.database.systemAuditEntry.count()
    for (const [email, secret] of [
      [admin.email, 'not the password at all'],
      ['nobody@example.org', password],
      ['gone@example.org', password],
      ['no\u0000address', password],
      [admin.email, password + 'x'.repeat(2000)],
    ]) {
      vi.clearAllMocks()
      const { errors, cookies } = await lethe.signIn(email, secret)
      failures.push({ message: errors[0]?.message, extensions: errors[0]?.extensions, cookies })
      const parameters = vi.mocked(argon2.verify).mock.calls.map(([hashed]) => argon2.parseOptions(hashed))
      work.push({ parameters, hashings: vi.mocked(argon2.hash).mock.calls.length })
    }
    expect(failures[0]?.extensions).toEqual({ code: 'SIGN_IN_FAILED' })
    expect(work[0]?.parameters).toMatchObject([
      { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32, saltLen: 16 },
    ])
    for (const failure of failures) expect(failure).toEqual(failures[0])
    for (const done of work) expect(done).toEqual(work[0])
    expect(await lethe.database.systemAuditEntry.count()).toBe(stored + 5)
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
      values: { address: { new: '192.0.2.7' } },
    })
    expect(done).toMatchObject({ action: 'created', entity: 'Session', actorKind: 'user', actorId: id })
    expect(done?.fields).toEqual(['user', 'address', 'methods', 'expiresAt'])
    const [out] = (await entries('signOut')).reverse()
    expect(out).toMatchObject({ action: 'updated', entity: 'Session', entityId: done?.entityId, fields: ['endedAt'] })
  })

  test('ends the session that the caller had', async () => {
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
    const { bearer, cookie } = await lethe.signIn()
    const everything = await withClient(lethe.url, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
      )
      let texts = ''
      for (const { name } of rows) texts += JSON.stringify((await client.query(`SELECT t::text FROM "${name}" t`)).rows)
      return texts
    })
    expect(everything).toContain(admin.email)
    for (const secret of [password, bearer, cookie]) expect(everything).not.toContain(secret)
    const log = JSON.stringify(await lethe.database.systemAuditEntry.findMany({ select: { values: true } }))
    expect(log).not.toContain('argon2')
  })
})

describe('signing out', () => {
  test('ends cookie and token at once, though they were in use just now', async () => {
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
