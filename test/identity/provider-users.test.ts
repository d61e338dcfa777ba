import { TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMessage } from '../../src/mail/outbox.ts'
import { warnOfUnknownRoles } from '../../src/modules/identity/provider/roles.ts'
import { operation } from '../../src/modules/identity/provider/user.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import type { Account } from '../support/provider.ts'
import { type Setup, startSetup } from './provider-support.ts'

let setup: Setup

beforeAll(async () => {
  setup = await startSetup({
    roles: [
      { value: 'crm-admins', role: 'administrator' },
      { value: 'crm', role: 'editor' },
      { value: 'reports', role: 'analyst' },
      { value: 'reports', role: 'editor' },
      { value: 'typo', role: 'edtior' },
    ],
  })
  const create = 'mutation { createUser(input: { email: "grace@example.org", roles: [] }) { password } }'
  await setup.app.graphql(create, {}, await setup.app.signIn())
})

afterAll(() => setup.close())

/** Signs somebody in as the provider tells of them now. */
function signInAs(subject: string, account: Account) {
  setup.provider.accounts[subject] = account
  return setup.signIn(subject)
}

/** A second factor for whoever has this token. */
async function giveTotp(token: string) {
  const { data } = await setup.app.graphql('mutation { startTotp { secret } }', {}, token)
  const code = new TOTP({ secret: data.startTotp.secret }).generate()
  const { errors } = await setup.app.graphql(`mutation { confirmTotp(code: "${code}") { recoveryCodes } }`, {}, token)
  expect(errors).toBeUndefined()
}

/** What the log tells of sign-ins with the provider, but for the sessions themselves. */
const logged = async () => {
  const where = { operation, NOT: { entity: 'Session' } }
  const entries = await setup.app.database.systemAuditEntry.findMany({ where, orderBy: { id: 'asc' } })
  return entries.map(({ action, entity, entityId, actorKind }) => ({ action, entity, entityId, actorKind }))
}

const verified = (email: string, further: Account = {}): Account => ({ email, email_verified: true, ...further })
const count = () => setup.app.database.user.count()
const unknown = 'provider-unknown-user'
const lethe = (id: string) => Buffer.from(id, 'base64').toString().split(':')[1] ?? ''

describe('somebody at the provider', () => {
  test('who is unknown here, and has no role, may not sign in, and it is logged', async () => {
    const before = [await count(), (await logged()).length] as const
    const { error, browser } = await signInAs('stranger', verified('stranger@example.org', { groups: ['staff'] }))
    expect([error, await setup.me(browser), await count()]).toEqual([unknown, null, before[0]])
    const entries = (await logged()).slice(before[1])
    expect(entries).toEqual([
      { action: 'refused', entity: 'User', entityId: '00000000-0000-0000-0000-000000000000', actorKind: 'anonymous' },
    ])
  })

  test('becomes a user when a role is meant for them: with name and address, without a password', async () => {
    const account = verified('Eve@Example.org', { name: 'Eve\u0007 Example ', locale: 'de-AT', groups: ['crm'] })
    const { error, browser } = await signInAs('eve', account)
    expect([error, await setup.me(browser)]).toEqual([
      null,
      { id: expect.any(String), email: 'eve@example.org', name: 'Eve Example', roles: ['editor'] },
    ])
    const user = await setup.app.database.user.findUnique({
      where: { email: 'eve@example.org' },
      include: { roles: true },
    })
    expect(user).toMatchObject({ passwordHash: '', passwordSetAt: null, language: 'de', roles: [{ external: true }] })
    const made = (await logged()).slice(-3)
    expect(made).toEqual(
      ['User', 'ExternalIdentity', 'RoleAssignment'].map((entity) =>
        expect.objectContaining({ action: 'created', entity, actorKind: 'system' }),
      ),
    )
  })

  test('becomes a user whatever the length of their name cuts in half', async () => {
    const account = verified('smile@example.org', { name: `${'x'.repeat(199)}😀`, groups: ['crm'] })
    const { error, browser } = await signInAs('smile', account)
    expect([error, (await setup.me(browser))?.name]).toEqual([null, `${'x'.repeat(199)}\ufffd`])
  })

  test('ASVS 6.8.1, 10.5.2: is known by issuer and subject, whatever else changes', async () => {
    const first = await signInAs('frank', verified('frank@example.org', { groups: ['crm'] }))
    const again = await signInAs('frank', { email: 'ada@example.org', email_verified: true, groups: 'crm' })
    const [before, after] = [await setup.me(first.browser), await setup.me(again.browser)]
    expect(after).toEqual(before)
    expect(after?.email).toBe('frank@example.org')
  })

  test('is taken for the user with the address that the provider checked, which is logged', async () => {
    const before = await count()
    const { browser } = await signInAs('grace', verified('GRACE@example.org', { groups: ['reports'] }))
    expect(await setup.me(browser)).toMatchObject({ email: 'grace@example.org', roles: ['analyst', 'editor'] })
    expect(await count()).toBe(before)
    expect(await logged()).toContainEqual(
      expect.objectContaining({ action: 'created', entity: 'ExternalIdentity', actorKind: 'system' }),
    )
  })

  test('ASVS 6.3.7: is told by mail, in their language, when they are taken for a user who was there', async () => {
    const ada = await setup.app.signIn()
    const create = 'mutation { createUser(input: { email: "told@example.org", name: "Told" }) { user { id } } }'
    const { id } = (await setup.app.graphql(create, {}, ada)).data.createUser.user
    const speak = 'mutation ($id: ID!) { updateUser(id: $id, input: { language: "de" }) { id } }'
    expect((await setup.app.graphql(speak, { id }, ada)).errors).toBeUndefined()
    const mails = () => setup.app.database.outgoingMail.findMany({ where: { kind: 'provider-linked' } })
    const before = (await mails()).length
    for (const _ of [1, 2]) await signInAs('told', verified('told@example.org', { groups: ['reports'] }))
    const queued = (await mails()).slice(before)
    expect(queued).toHaveLength(1) // The first time, and no more.
    const [{ id: mailId = '', message = null } = {}] = queued
    const secrets = createSecrets(await installationSecret(setup.app.config))
    const { to, text } = openMessage(secrets, { id: mailId, message: message ?? new Uint8Array() })
    expect([to, text]).toEqual(['told@example.org', expect.stringContaining('Anmeldedienst')])
  })

  test('leaves no way in to who made or had the account before: no password, link or session', async () => {
    const ada = await setup.app.signIn()
    const create = 'mutation { createUser(input: { email: "boss@example.org" }) { password user { id } } }'
    const { password, user } = (await setup.app.graphql(create, {}, ada)).data.createUser
    const signIn = `mutation { signIn(email: "boss@example.org", password: "${password}") { token } }`
    const planted = (await setup.app.graphql(signIn)).data.signIn.token
    expect((await setup.app.graphql('{ me { email } }', {}, planted)).data.me.email).toBe('boss@example.org')

    const { browser } = await signInAs('boss', verified('boss@example.org', { groups: ['crm-admins'] }))
    expect((await setup.me(browser))?.roles).toEqual(['administrator'])
    expect((await setup.app.graphql('{ me { email } }', {}, planted)).errors?.[0].extensions.code).toBe(
      'UNAUTHENTICATED',
    )
    expect((await setup.app.graphql(signIn)).errors?.[0].extensions.code).toBe('SIGN_IN_FAILED')
    const left = await setup.app.database.user.findUniqueOrThrow({
      where: { id: lethe(user.id) },
    })
    expect(left).toMatchObject({ passwordHash: '', passwordSetAt: null })
    await signInAs('boss', verified('boss@example.org')) // And is no administrator any more.
  })

  test('ASVS 6.4.3: is not taken for a user who has a second factor; asked for none once they are known', async () => {
    const ada = await setup.app.signIn()
    const create = 'mutation { createUser(input: { email: "careful@example.org" }) { password user { id } } }'
    const { password, user } = (await setup.app.graphql(create, {}, ada)).data.createUser
    const signIn = `mutation { signIn(email: "careful@example.org", password: "${password}") { token } }`
    const account = verified('careful@example.org', { groups: ['reports'] })
    await giveTotp((await setup.app.graphql(signIn)).data.signIn.token)
    expect((await signInAs('careful', account)).error).toBe(unknown)
    const reset = 'mutation ($id: ID!) { resetSecondFactor(id: $id) { id } }'
    expect((await setup.app.graphql(reset, { id: user.id }, ada)).errors).toBeUndefined()
    const { browser, error } = await signInAs('careful', account)
    expect([error, (await setup.me(browser))?.id]).toEqual([null, user.id])

    const { data } = await setup.graphql(browser, 'mutation { startTotp { secret } }')
    const code = new TOTP({ secret: data.startTotp.secret }).generate()
    await setup.graphql(browser, `mutation { confirmTotp(code: "${code}") { recoveryCodes } }`)
    const again = await signInAs('careful', account)
    expect((await setup.me(again.browser))?.id).toBe(user.id)
  })

  test('is not taken for somebody whose address the provider gave to another person before', async () => {
    const { error } = await signInAs('another grace', verified('grace@example.org', { groups: ['crm-admins'] }))
    expect(error).toBe(unknown)
  })

  test.each([[false], [undefined], ['true'], ['yes'], [1], [null]])(
    'is taken for nobody, and becomes nobody, by an address that is verified: %j',
    async (email_verified) => {
      const before = await count()
      for (const email of ['ada@example.org', 'new@example.org']) {
        const { error } = await signInAs(`claims ${email_verified}`, { email, email_verified, groups: ['crm'] })
        expect(error).toBe(unknown)
      }
      expect(await count()).toBe(before)
      expect(await setup.app.database.externalIdentity.count({ where: { user: { email: 'ada@example.org' } } })).toBe(0)
    },
  )

  test.each([['not an address'], [''], [`${'a'.repeat(250)}@example.org`]])(
    'without a usable address: %j',
    async (email) => {
      expect((await signInAs('nobody', verified(email, { groups: ['crm'] }))).error).toBe(unknown)
    },
  )

  test('who signs in for the first time with several browsers at once is one user', async () => {
    setup.provider.accounts['heidi'] = verified('heidi@example.org', { groups: ['crm'] })
    const results = await Promise.all(Array.from({ length: 4 }, () => setup.signIn('heidi')))
    expect(results.map(({ error }) => error)).toEqual([null, null, null, null])
    const identities = await setup.app.database.externalIdentity.findMany({ where: { subject: 'heidi' } })
    expect(identities).toHaveLength(1)
  })

  test('who is disabled here is refused like a stranger, and keeps the roles', async () => {
    const ivan = verified('ivan@example.org', { groups: ['crm'] })
    const { browser } = await signInAs('ivan', ivan)
    const { id = '' } = (await setup.me(browser)) ?? {}
    const disable = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
    const { errors } = await setup.app.graphql(disable, { id }, await setup.app.signIn())
    expect(errors).toBeUndefined()
    const { error, browser: later } = await signInAs('ivan', { ...ivan, groups: ['reports'] })
    expect([error, await setup.me(later)]).toEqual([unknown, null])
    expect((await logged()).at(-1)).toMatchObject({ action: 'refused', entityId: lethe(id) })
    const roles = await setup.app.database.roleAssignment.findMany({
      where: { userId: lethe(id) },
      include: { role: true },
    })
    expect(roles.map(({ role }) => role.key)).toEqual(['editor'])
  })
})

describe('roles', () => {
  const rolesAs = async (subject: string, account: Account) => {
    const { browser, error } = await signInAs(subject, account)
    expect(error).toBeNull()
    return (await setup.me(browser))?.roles
  }

  test('come and go with the groups at each sign-in, and the log tells', async () => {
    const judy = (groups: unknown) => verified('judy@example.org', { groups })
    expect(await rolesAs('judy', judy(['crm', 'typo']))).toEqual(['editor'])
    expect(await rolesAs('judy', judy(['reports']))).toEqual(['analyst', 'editor'])
    expect((await logged()).at(-1)).toMatchObject({ action: 'created', entity: 'RoleAssignment', actorKind: 'system' })
    expect(await rolesAs('judy', judy('crm'))).toEqual(['editor'])
    expect((await logged()).at(-1)).toMatchObject({ action: 'removed', entity: 'RoleAssignment', actorKind: 'system' })
    const entries = await logged()
    expect(await rolesAs('judy', judy(['crm', 7, null, { crm: true }]))).toEqual(['editor'])
    expect(await logged(), 'nothing changed').toEqual(entries)
    expect(await rolesAs('judy', judy({ crm: true }))).toEqual([])
    expect(await rolesAs('judy', verified('judy@example.org'))).toEqual([])
  })

  test('that the settings name and that there are not are told of at the start', async () => {
    const { app } = setup
    const { roles = [] } = app.config.provider ?? {}
    const { database, log } = app.work
    await warnOfUnknownRoles({ database, log }, { roles })
    expect(app.logged.at(-1)).toMatchObject({
      level: 40,
      unknown: ['edtior'],
      msg: expect.stringContaining('LETHE_OIDC_ROLES'),
    })
    const before = app.logged.length
    await warnOfUnknownRoles({ database, log }, { roles: roles.filter(({ value }) => value !== 'typo') })
    expect(app.logged.length).toBe(before)
  })

  test('that were given by hand stay', async () => {
    const mallory = verified('mallory@example.org', { groups: ['crm'] })
    const { browser } = await signInAs('mallory', mallory)
    const { id } = (await setup.me(browser)) ?? {}
    const token = await setup.app.signIn()
    const { data } = await setup.app.graphql('{ roles { id key } }', {}, token)
    const analyst = data.roles.find(({ key }: { key: string }) => key === 'analyst')
    const assign = 'mutation ($id: ID!, $role: ID!) { assignRole(user: $id, role: $role) { id } }'
    const { errors } = await setup.app.graphql(assign, { id, role: analyst.id }, token)
    expect(errors).toBeUndefined()
    expect(await rolesAs('mallory', { ...mallory, groups: [] })).toEqual(['analyst'])
    expect(await rolesAs('mallory', { ...mallory, groups: ['reports'] })).toEqual(['analyst', 'editor'])
    expect(await rolesAs('mallory', { ...mallory, groups: [] })).toEqual(['analyst'])
  })

  test('are those in the database, at once, and not those of the token', async () => {
    const niaj = verified('niaj@example.org', { groups: ['crm'] })
    const { browser } = await signInAs('niaj', niaj)
    const roles = async () => (await setup.graphql(browser, '{ roles { key } }')).errors?.[0].extensions.code
    expect(await roles()).toBe('FORBIDDEN')
    await signInAs('niaj', { ...niaj, groups: ['crm-admins'] })
    await expect.poll(roles, { interval: 20, timeout: 5000 }).toBeUndefined()
    await signInAs('niaj', { ...niaj, groups: ['crm'] })
    await expect.poll(roles, { interval: 20, timeout: 5000 }).toBe('FORBIDDEN')
  })

  test('of the last administrator stay, with a warning, so that somebody is left', async () => {
    const olivia = verified('olivia@example.org', { groups: ['crm-admins'] })
    const { browser } = await signInAs('olivia', olivia)
    const { data } = await setup.app.graphql('{ me { id } }', {}, await setup.app.signIn())
    const disable = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
    expect((await setup.graphql(browser, disable, { id: data.me.id })).errors).toBeUndefined()
    expect(await rolesAs('olivia', { ...olivia, groups: ['reports'] })).toEqual(['administrator', 'analyst', 'editor'])
    expect(setup.app.logged).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('last administrator') }),
    )
  })
})
