import { NIL } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/client.ts'
import { codeOf, givePasskey, giveTotp, newPerson, type Person } from '../identity/factors-support.ts'
import { former, type LinksApp, password as newPassword, startLinksApp } from '../identity/links-support.ts'
import { type Setup, startSetup } from '../identity/provider-support.ts'
import { type Installation, install, password } from '../identity/support.ts'
import { systemEntries } from '../support/log.ts'

let lethe: Installation
let links: LinksApp
let provider: Setup

beforeAll(async () => {
  lethe = await install()
  links = await startLinksApp()
  provider = await startSetup()
})

afterAll(() => Promise.all([lethe.close(), links.close(), provider.close()]))

/** What the log says of sessions and refusals, of what was done since. */
async function noted(database: Database, act: () => Promise<unknown>) {
  const before = new Set((await systemEntries(database)).map(({ id }) => id))
  await act()
  return (await systemEntries(database))
    .filter(({ id, entity, action }) => !before.has(id) && (entity === 'Session' || action === 'refused'))
    .map(({ operation, action, entity, actorId, entityId, changes }) => ({
      told: `${action} ${entity} ${operation}`,
      by: actorId,
      of: changes['user']?.new ?? entityId,
      methods: changes['methods']?.new,
      from: changes['address']?.new,
    }))
}

const payload = '{ token refreshToken challenge { token passkeyOptions } }'
const signInBy = async ({ email }: { email: string }, secret = password) => {
  const source = `mutation ($email: String!, $secret: String!) { signIn(email: $email, password: $secret) ${payload} }`
  return (await lethe.run(source, { email, secret })).data?.['signIn']
}
const complete = async (challenge: string, factor: object) => {
  const source = `mutation ($c: String!, $f: SecondFactorInput!) { completeSignIn(challenge: $c, factor: $f) ${payload} }`
  return (await lethe.run(source, { c: challenge, f: factor })).data?.['completeSignIn']
}
const began = (person: { id: string }, operation: string, ...methods: string[]) => ({
  told: `created Session ${operation}`,
  by: person.id,
  of: person.id,
  methods,
  from: expect.any(String),
})
const failed = (userId: string, operation: string, by: string | null = null) => ({
  told: `refused User ${operation}`,
  by,
  of: userId,
  methods: undefined,
  from: expect.any(String),
})

describe('The audit log tells of a sign-in', () => {
  test('by password, and of one that was refused, also of somebody unknown', async () => {
    const person = await lethe.newUser()
    expect(await noted(lethe.database, () => signInBy(person))).toEqual([began(person, 'signIn', 'password')])
    expect(await noted(lethe.database, () => signInBy(person, 'wrong'))).toEqual([failed(person.id, 'signIn')])
    expect(await noted(lethe.database, () => signInBy({ email: 'nobody@example.org' }))).toEqual([
      failed(NIL, 'signIn'),
    ])
  })

  test('by a second factor of any kind, and of a wrong one', async () => {
    const person = await newPerson(lethe)
    const { secret, recoveryCodes } = await giveTotp(person)
    const { authenticator } = await givePasskey(person)
    const with_ = (factor: (options: { challenge: string }) => object) =>
      noted(lethe.database, async () => {
        const { token, passkeyOptions } = (await signInBy(person)).challenge
        return complete(token, factor(passkeyOptions))
      })
    expect(await with_(() => ({ totp: codeOf(secret, Date.now() + 30_000) }))).toEqual([
      began(person, 'completeSignIn', 'password', 'totp'),
    ])
    expect(await with_((options) => ({ passkey: authenticator.get(options) }))).toEqual([
      began(person, 'completeSignIn', 'password', 'passkey'),
    ])
    expect(await with_(() => ({ recoveryCode: recoveryCodes[0] }))).toEqual([
      began(person, 'completeSignIn', 'password', 'recovery-code'),
    ])
    expect(await with_(() => ({ totp: '000000' }))).toEqual([failed(person.id, 'completeSignIn')])
  })

  test('by a link', async () => {
    const { database } = links.app
    const person = await links.newUser()
    const token = await links.resetToken(person.email)
    expect(await noted(database, () => links.use(token))).toEqual([began(person, 'useLink', 'link')])
    expect(await noted(database, () => links.signIn(person.email, newPassword))).toEqual([
      began(person, 'signIn', 'password'),
    ])
    expect(await noted(database, () => links.signIn(person.email, former))).toEqual([failed(person.id, 'signIn')])
  })

  test('with an identity provider, and of somebody whom it knows and we do not', async () => {
    const { database } = provider.app
    provider.provider.accounts['ada'] = { email: 'ada@example.org', email_verified: true }
    provider.provider.accounts['eve'] = { email: 'eve@example.org', email_verified: true }
    const { id } = await database.user.findUniqueOrThrow({ where: { email: 'ada@example.org' } })
    expect(await noted(database, () => provider.signIn('ada'))).toContainEqual(
      began({ id }, 'signInWithProvider', 'provider'),
    )
    expect(await noted(database, () => provider.signIn('eve'))).toEqual([failed(NIL, 'signInWithProvider')])
  })
})

describe('The audit log tells of the end of a sign-in', () => {
  const ended = (person: { id: string }, operation: string) => ({
    ...began(person, operation),
    told: `updated Session ${operation}`,
    of: expect.any(String),
    methods: undefined,
    from: undefined,
  })
  const asPerson = (person: Person, source: string) => noted(lethe.database, () => person.run(source))

  test('by signing out', async () => {
    const person = await newPerson(lethe)
    expect(await asPerson(person, 'mutation { signOut }')).toEqual([ended(person, 'signOut')])
  })

  test('by ending another one', async () => {
    const person = await newPerson(lethe)
    await signInBy(person)
    await person.run('mutation ($p: String!) { confirmIdentity(password: $p) }', { p: password })
    const { data } = await person.run('{ mySessions { id current } }')
    const other = data?.['mySessions'].find(({ current }: { current: boolean }) => !current)
    const [entry, ...more] = await asPerson(person, `mutation { endSession(id: "${other.id}") }`)
    expect([entry, more]).toEqual([ended(person, 'endSession'), []])
  })

  test('because somebody else offered its refresh token, too', async () => {
    const person = await lethe.newUser()
    const { refreshToken } = await signInBy(person)
    const refresh = () =>
      lethe.run(`mutation ($t: String!) { refreshSession(refreshToken: $t) ${payload} }`, { t: refreshToken })
    await refresh()
    const entries = await noted(lethe.database, refresh)
    expect(entries.map(({ told }) => told).sort()).toEqual([
      'refused Session refreshSession',
      'updated Session refreshSession',
    ])
  })

  test('and of who could not prove again who they are', async () => {
    const person = await newPerson(lethe)
    const source = 'mutation { confirmIdentity(password: "wrong") }'
    expect(await asPerson(person, source)).toEqual([failed(person.id, 'confirmIdentity', person.id)])
  })
})
