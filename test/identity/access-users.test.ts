import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { resetPassword } from '../../src/modules/identity/access/change-users.ts'
import { passwordFits } from '../../src/modules/identity/sign-in/password.ts'
import { statementsOf } from '../contacts/lists-support.ts'
import { withClient } from '../support/database.ts'
import { systemEntries } from '../support/log.ts'
import { globalId, type Person, type Stage, startStage } from './access-support.ts'

let stage: Stage
let boss: Person
beforeAll(async () => {
  stage = await startStage()
  boss = await stage.person({ '*': 'rw' })
})
afterAll(() => stage.close())

const update =
  'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { email name language } }'
const by = (name: string) => `mutation ($id: ID!) { ${name}(id: $id) { id disabledAt secondFactor hasPassword } }`
const me = '{ me { email } }'

const stored = (person: Person) => stage.database.user.findUniqueOrThrow({ where: { id: person.uuid } })
const isIn = async (person: Person) => (await stage.run(person, me)).codes.length === 0
const faultsOf = ({ errors }: Awaited<ReturnType<Stage['run']>>) =>
  errors[0]?.extensions.faults?.map(({ field }: { field: string }) => field)

/** What the log tells of a user since: in which operation, what happened. */
async function logged(person: Person, operation: string) {
  const entries = await systemEntries(stage.database, { operation })
  const where = { where: { userId: person.uuid }, select: { id: true } }
  const own = [...(await stage.database.session.findMany(where)), ...(await stage.database.signInLink.findMany(where))]
  const ids = [person.uuid, ...own.map(({ id }) => id)]
  const about = entries.filter(
    ({ entityId, changes }) => ids.includes(entityId) || JSON.stringify(changes).includes(person.uuid),
  )
  for (const { actorKind, actorId } of about) expect([actorKind, actorId]).toEqual(['user', boss.uuid])
  return about.map(({ entity, action, fields }) => `${entity} ${action} ${fields}`).sort()
}

/** Somebody with every kind of second factor, a link on its way, and a sign-in half done. */
async function wellEquipped({ passwordIsShort = false } = {}) {
  const person = await stage.person({})
  const userId = person.uuid
  const soon = new Date(Date.now() + 600_000)
  await stage.operate((context) =>
    transact(context, 'test', async (tx) => {
      await tx.user.update({ where: { id: userId }, data: { passwordIsShort, passwordSetAt: new Date(0) } })
      await tx.totp.create({ data: { userId, secret: randomBytes(8), activatedAt: new Date() } })
      await tx.recoveryCode.create({ data: { id: uuidv7(), userId, codeHash: uuidv7() } })
      const key = {
        id: uuidv7(),
        userId,
        name: 'Key',
        credentialId: uuidv7(),
        publicKey: randomBytes(8),
        transports: [],
      }
      await tx.passkey.create({ data: key })
      const link = { id: uuidv7(), userId, purpose: 'password-reset', tokenHash: uuidv7(), expiresAt: soon }
      await tx.signInLink.create({ data: link })
      await tx.signInChallenge.create({ data: { tokenHash: uuidv7(), userId, methods: ['password'], expiresAt: soon } })
    }),
  )
  return person
}

const leftOf = async ({ uuid: userId }: Person) => {
  const [totp, codes, passkeys, challenges] = await Promise.all([
    stage.database.totp.count({ where: { userId } }),
    stage.database.recoveryCode.count({ where: { userId } }),
    stage.database.passkey.count({ where: { userId } }),
    stage.database.signInChallenge.count({ where: { userId } }),
  ])
  const links = await stage.database.signInLink.count({
    where: { userId, usedAt: null, expiresAt: { gt: new Date() } },
  })
  return { totp, codes, passkeys, challenges, links }
}

describe('a user', () => {
  test('gets another name, language and address; the log has what it was', async () => {
    const person = await stage.person({}, { email: 'jo@example.org' })
    const { data } = await stage.run(boss, update, {
      id: person.id,
      input: { name: ' Jo ', language: 'de', email: ' JO@Example.com' },
    })
    expect(data.updateUser).toEqual({ email: 'jo@example.com', name: 'Jo', language: 'de' })
    expect(await isIn(person)).toBe(true)
    expect(await logged(person, 'updateUser')).toEqual(['User updated email,name,language'])
    await stage.run(boss, update, { id: person.id, input: { name: null } })
    expect((await stored(person)).name).toBe('')
  })

  test('is told every fault', async () => {
    const { id } = await stage.person({})
    const input = { name: 'two\nlines', language: 'fr', email: 'nowhere' }
    expect(faultsOf(await stage.run(boss, update, { id, input }))).toEqual(['name', 'language', 'email'])
    expect(faultsOf(await stage.run(boss, update, { id, input: { email: null } }))).toEqual(['email'])
    expect(faultsOf(await stage.run(boss, update, { id, input: { email: 'ADA@example.org' } }))).toEqual(['email'])
    for (const unseen of ['\u200b', '\u00ad', '\u202e', '\ufeff', '\ud800']) {
      const email = `ada${unseen}@example.org`
      expect({ unseen, faults: faultsOf(await stage.run(boss, update, { id, input: { email } })) }).toEqual({
        unseen,
        faults: ['email'],
      })
    }
    for (const unfit of ['\ud800', '\u2028', '\u202e', '\u2066']) {
      const name = `Ada${unfit}Lovelace`
      expect({ unfit, faults: faultsOf(await stage.run(boss, update, { id, input: { name } })) }).toEqual({
        unfit,
        faults: ['name'],
      })
    }
    for (const unknown of [globalId('User', boss.roleUuid), 'nonsense', globalId('Role', boss.roleUuid)]) {
      expect((await stage.run(boss, update, { id: unknown, input: {} })).codes).toEqual(['NOT_FOUND'])
      expect((await stage.run(boss, by('disableUser'), { id: unknown })).codes).toEqual(['NOT_FOUND'])
    }
  })

  test('with another address gets no use of links that were mailed to the former one', async () => {
    const person = await wellEquipped()
    await stage.run(boss, update, {
      id: person.id,
      input: { email: (await stored(person)).email.toUpperCase(), name: 'X' },
    })
    expect(await leftOf(person)).toMatchObject({ links: 1 })
    await stage.run(boss, update, { id: person.id, input: { email: 'moved@example.org' } })
    expect(await leftOf(person)).toMatchObject({ links: 0 })
  })

  test('ASVS 7.5.1: changes their own address only with a fresh proof of who they are', async () => {
    const person = await stage.person({ 'identity.users': 'rw' })
    const change = { id: person.id, input: { email: 'own@example.org' } }
    const stale = `UPDATE session SET confirmed_at = now() - interval '1 hour' WHERE id = '${person.sessionId}'`
    await withClient(stage.config.databaseUrl ?? '', (client) => client.query(stale))
    expect((await stage.run(person, update, change)).codes).toEqual(['CONFIRMATION_NEEDED'])
    expect((await stage.run(person, update, { id: person.id, input: { name: 'Own' } })).codes).toEqual([])
    const fresh = { ...person, ...(await stage.session(person.uuid)) }
    expect((await stage.run(fresh, update, change)).data.updateUser.email).toBe('own@example.org')
  })

  test('who is disabled is out at once, and stays out of the old session when enabled again', async () => {
    const person = await wellEquipped()
    expect(await isIn(person)).toBe(true)
    const { data } = await stage.run(boss, by('disableUser'), { id: person.id })
    expect(data.disableUser.disabledAt).not.toBeNull()
    expect(await isIn(person)).toBe(false)
    expect(await leftOf(person)).toEqual({ totp: 1, codes: 1, passkeys: 1, challenges: 0, links: 0 })
    const since = (await stored(person)).disabledAt
    await stage.run(boss, by('disableUser'), { id: person.id })
    expect((await stored(person)).disabledAt).toEqual(since)
    expect((await stage.run(boss, by('enableUser'), { id: person.id })).data.enableUser.disabledAt).toBeNull()
    expect(await isIn(person)).toBe(false)
    expect(await logged(person, 'disableUser')).toEqual([
      'Session updated endedAt',
      'SignInLink updated expiresAt',
      'User updated disabledAt',
      'User updated signedOutAt',
      'User updated signedOutAt',
    ])
    expect(await logged(person, 'enableUser')).toEqual(['User updated disabledAt'])
  })

  test('is signed out everywhere, by cookie, token and identity provider', async () => {
    const person = await stage.person({})
    const other = { ...person, ...(await stage.session(person.uuid)) }
    await stage.run(boss, by('endUserSessions'), { id: person.id })
    expect([await isIn(person), await isIn(other)]).toEqual([false, false])
    const { signedOutAt } = await stored(person)
    expect(Date.now() - (signedOutAt?.getTime() ?? 0)).toBeLessThan(60_000)
    expect(await isIn({ ...person, ...(await stage.session(person.uuid)) })).toBe(true)
  })

  test('who lost the second factor gets rid of it, and of the sessions', async () => {
    const person = await wellEquipped()
    const { data } = await stage.run(boss, by('resetSecondFactor'), { id: person.id })
    expect(data.resetSecondFactor).toMatchObject({ secondFactor: false, hasPassword: true })
    expect(await leftOf(person)).toMatchObject({ totp: 0, codes: 0, passkeys: 0, challenges: 0 })
    expect(await isIn(person)).toBe(false)
    expect(await logged(person, 'resetSecondFactor')).toEqual([
      'Passkey removed user,name',
      'RecoveryCode removed user',
      'Session updated endedAt',
      'Totp removed user,activatedAt',
      'User updated signedOutAt',
    ])
  })

  test('loses a password that was safe only with the second factor, too', async () => {
    const person = await wellEquipped({ passwordIsShort: true })
    const { data } = await stage.run(boss, by('resetSecondFactor'), { id: person.id })
    expect(data.resetSecondFactor).toMatchObject({ secondFactor: false, hasPassword: false })
    expect(await stored(person)).toMatchObject({ passwordHash: '', passwordSetAt: null, passwordIsShort: false })
  })

  test('does not rid themselves of their own second factor here: that wants a proof of who they are', async () => {
    expect(faultsOf(await stage.run(boss, by('resetSecondFactor'), { id: boss.id }))).toEqual(['id'])
    expect(await isIn(boss)).toBe(true)
  })

  test('gets a new password from the operator, who may do away with the second factor as well', async () => {
    const person = await wellEquipped({ passwordIsShort: true })
    const password = await stage.operate((context) => resetPassword(context, person.uuid))
    expect(await passwordFits((await stored(person)).passwordHash, password)).toBe(true)
    expect(await leftOf(person)).toEqual({ totp: 1, codes: 1, passkeys: 1, challenges: 0, links: 0 })
    expect(await isIn(person)).toBe(false)
    await stage.operate((context) => resetPassword(context, person.uuid, { withFactors: true }))
    expect(await leftOf(person)).toMatchObject({ totp: 0, codes: 0, passkeys: 0 })
    const entries = await systemEntries(stage.database, { operation: 'resetPassword' })
    expect(entries.length).toBeGreaterThan(5)
    for (const { actorKind, changes } of entries) {
      expect(actorKind).toBe('operator')
      expect(JSON.stringify(changes)).not.toMatch(/argon2/)
    }
  })
})

test('is changed by those who may write users, and see them', async () => {
  const [reader, writer] = [await stage.person({ '*': 'r' }), await stage.person({ 'identity.users': 'w' })]
  const { id } = await stage.person({})
  for (const who of [reader, writer, undefined]) {
    const codes = [who ? 'FORBIDDEN' : 'UNAUTHENTICATED']
    expect((await stage.run(who, update, { id, input: { name: 'X' } })).codes).toEqual(codes)
    for (const name of ['disableUser', 'enableUser', 'endUserSessions', 'resetSecondFactor']) {
      expect((await stage.run(who, by(name), { id })).codes).toEqual(codes)
    }
  }
})

test('what there is to see of users costs no more statements for many than for few', async () => {
  const person = await wellEquipped()
  const plain = await stage.person({})
  const invited = await stage.operate((context) =>
    transact(context, 'test', (tx) => tx.user.create({ data: { id: uuidv7(), email: 'invited@example.org' } })),
  )
  const query = `query ($last: Int!) { users(last: $last) { edges { node {
    id language hasPassword secondFactor lastSignInAt disabledAt roles { key } } } } }`
  const { data } = await stage.run(boss, query, { last: 3 })
  const seen = data.users.edges.map(({ node }: { node: object }) => node)
  const at = async ({ sessionId }: Person) =>
    (await stage.database.session.findUniqueOrThrow({ where: { id: sessionId } })).createdAt.toISOString()
  expect(seen).toMatchObject([
    { id: person.id, language: 'en', hasPassword: true, secondFactor: true, lastSignInAt: await at(person) },
    { id: plain.id, hasPassword: true, secondFactor: false, lastSignInAt: await at(plain) },
    { id: globalId('User', invited.id), hasPassword: false, secondFactor: false, lastSignInAt: null, roles: [] },
  ])
  const statements = async (last: number) => (await statementsOf(() => stage.run(boss, query, { last }))).length
  expect(await statements(12)).toBe(await statements(2))
})
