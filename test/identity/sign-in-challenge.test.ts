import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { systemEntries } from '../support/log.ts'
import { codeOf, givePasskey, giveTotp, newPerson, type Person } from './factors-support.ts'
import { type From, type Installation, install } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

const complete = (challenge: string, factor: object, from: From = {}) =>
  lethe.run(
    `mutation ($challenge: String!, $factor: SecondFactorInput!) {
      completeSignIn(challenge: $challenge, factor: $factor) { token user { email } }
    }`,
    { challenge, factor },
    from,
  )

const next = () => Date.now() + 30_000

/** Somebody with an authenticator app, of which the code after the current one was not used. */
async function withApp() {
  const person = await newPerson(lethe)
  const { secret, recoveryCodes } = await giveTotp(person)
  const challengeOf = async (): Promise<string> => (await lethe.signIn(person.email)).payload.challenge.token
  return { ...person, secret, recoveryCodes, challengeOf, right: () => ({ totp: codeOf(secret, next()) }) }
}

/** As if whoever tries had waited. */
const waited = () => lethe.database.attemptLevel.updateMany({ data: { blockedUntil: new Date(0) } })

const sessionsOf = ({ id }: Pick<Person, 'id'>) =>
  lethe.database.session.count({ where: { userId: id, endedAt: null } })

describe('the question for a second factor', () => {
  test('is all that the right password gives: no cookie, no token, no device', async () => {
    const person = await withApp()
    const { payload, cookies, devices } = await lethe.signIn(person.email)
    expect(payload).toMatchObject({
      token: null,
      expiresAt: null,
      refreshToken: null,
      sessionExpiresAt: null,
      device: null,
      user: null,
      challenge: { factors: ['TOTP', 'RECOVERY_CODE'], passkeyOptions: null },
    })
    expect([cookies, devices]).toEqual([[], []])
    const { token, expiresAt } = payload.challenge
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(5 * 60_000)
    expect((await lethe.run('{ me { email } }', {}, { cookie: token })).data).toEqual({ me: null })
    await expect(lethe.run('{ me { email } }', {}, { bearer: token })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
  })

  test('is answered once, though two right answers come at once', async () => {
    const person = await withApp()
    const { authenticator } = await givePasskey(person, { counts: false })
    const before = await sessionsOf(person)
    const { token, passkeyOptions } = (await lethe.signIn(person.email)).payload.challenge
    const answers = [
      complete(token, { passkey: authenticator.get(passkeyOptions) }),
      complete(token, { passkey: authenticator.get(passkeyOptions) }),
      complete(token, { recoveryCode: person.recoveryCodes[0] }),
    ]
    const codes = (await Promise.all(answers)).map((answer) => answer.codes[0])
    expect(codes.toSorted()).toEqual(['SIGN_IN_FAILED', 'SIGN_IN_FAILED', undefined])
    expect(await sessionsOf(person)).toBe(before + 1)
    expect((await complete(token, person.right())).codes).toEqual(['SIGN_IN_FAILED'])
  })

  test('is over after five wrong answers, and then the right one is none', async () => {
    const person = await withApp()
    const challenge = await person.challengeOf()
    const answers = []
    for (let n = 0; n < 5; n++) {
      await waited()
      answers.push((await complete(challenge, { totp: '000000' })).errors[0]?.message)
    }
    expect(new Set(answers.slice(0, 4)).size).toBe(1)
    expect(answers[4]).toMatch(/begin again/)
    await waited()
    expect((await complete(challenge, person.right())).codes).toEqual(['SIGN_IN_FAILED'])
    // A new question takes it: wrong answers lock nobody out.
    expect((await complete(await person.challengeOf(), person.right())).codes).toEqual([])
  })

  test('is over after five minutes, when the password changes, and when the user is disabled', async () => {
    const ends: ((person: Person) => Promise<unknown>)[] = [
      ({ id }) => lethe.database.signInChallenge.updateMany({ where: { userId: id }, data: { expiresAt: new Date() } }),
      (person) => person.run('mutation { changePassword(newPassword: "another fine password") { token } }'),
      ({ id }) =>
        transact(lethe.system, 'test', (tx) => tx.user.update({ where: { id }, data: { disabledAt: new Date() } })),
    ]
    for (const end of ends) {
      const person = await withApp()
      const challenge = await person.challengeOf()
      await end(person)
      const before = await sessionsOf(person)
      expect((await complete(challenge, person.right())).codes).toEqual(['SIGN_IN_FAILED'])
      expect(await sessionsOf(person)).toBe(before)
    }
  })

  test('does not exist for other tokens', async () => {
    for (const token of ['', 'x', 'x'.repeat(43)]) {
      expect((await complete(token, { totp: '123456' })).codes).toEqual(['SIGN_IN_FAILED'])
    }
  })

  test('is in the audit log when it was answered, right or wrong', async () => {
    const person = await withApp()
    const challenge = await person.challengeOf()
    await complete(challenge, { totp: '000000' })
    await complete(challenge, person.right())
    const entries = (await systemEntries(lethe.database, { operation: 'completeSignIn' })).slice(-3)
    expect(entries).toContainEqual(expect.objectContaining({ action: 'refused', entity: 'User', entityId: person.id }))
    expect(entries).toContainEqual(
      expect.objectContaining({
        action: 'created',
        changes: expect.objectContaining({ methods: { new: ['password', 'totp'] } }),
      }),
    )
  })
})

describe('ASVS 6.3.1: guesses at a second factor', () => {
  test('are limited for all questions together, and leave a known device in', async () => {
    const person = await withApp()
    const { device } = await complete(await person.challengeOf(), { recoveryCode: person.recoveryCodes[0] }).then(
      ({ devices }) => ({ device: devices[0] }),
    )
    const codes = []
    for (let n = 0; n < 12; n++) {
      const challenge = await person.challengeOf()
      await waited()
      codes.push(...(await complete(challenge, { totp: '000000' })).codes)
    }
    expect(codes).toEqual([...Array(10).fill('SIGN_IN_FAILED'), ...Array(2).fill('TOO_MANY_ATTEMPTS')])
    const challenge = await person.challengeOf()
    expect((await complete(challenge, person.right())).codes).toEqual(['TOO_MANY_ATTEMPTS'])
    expect((await complete(challenge, person.right(), { device })).codes).toEqual([])
  })
})

describe('a short password', () => {
  test('ASVS 6.2.1: of eight characters is taken with a second factor, and never without one', async () => {
    const person = await withApp()
    const short = 'zebra fox'
    const change = 'mutation ($password: String!) { changePassword(newPassword: $password) { token } }'
    expect((await person.run(change, { password: 'zebrafo' })).codes).toEqual(['INVALID_INPUT'])
    const changed = await person.run(change, { password: short })
    const bearer: string = changed.data?.['changePassword'].token
    expect((await lethe.run('mutation { removeTotp }', {}, { bearer })).codes).toEqual(['INVALID_INPUT'])
    const { payload } = await lethe.signIn(person.email, short)
    expect((await complete(payload.challenge.token, person.right())).codes).toEqual([])
    // However the factor was lost.
    await transact(lethe.system, 'test', (tx) => tx.totp.deleteMany({ where: { userId: person.id } }))
    expect((await lethe.signIn(person.email, short)).codes).toEqual(['SIGN_IN_FAILED'])
  })
})
