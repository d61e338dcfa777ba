import { hash } from '@node-rs/argon2'
import { Secret, TOTP } from 'otpauth'
import { generate } from 'selfsigned'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { daysAgo, type Security, startSecurity } from './support.ts'

const day = 24 * 60 * 60 * 1000

let lethe: Security
beforeAll(async () => {
  lethe = await startSecurity({ sessions: { lifetime: 60 * day, idle: 30 * day } })
})
afterAll(() => lethe?.close())

describe('the certificate', () => {
  const certificate = async (days: number, selfSigned: boolean) => {
    const notAfterDate = new Date(Date.now() + days * day)
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'x' }], { keyType: 'ec', notAfterDate })
    return { cert, key, selfSigned }
  }

  test('wants attention when it is self-signed or ends within 30 days, and is unknown where nothing listens', async () => {
    const { app, measure, finding } = lethe
    expect(await measure('TRANSPORT')).toMatchObject({ status: 'ATTENTION' })
    expect(await finding('TRANSPORT', 'self-signed')).toMatchObject({ attention: true })
    app.app.listensAt({ url: app.url, certificate: await certificate(200, false) })
    expect(await measure('TRANSPORT')).toMatchObject({ status: 'OK', findings: [{ attention: false }] })
    app.app.listensAt({ url: app.url, certificate: await certificate(29, false) })
    expect(await finding('TRANSPORT', 'renew it')).toMatchObject({ attention: true })
    app.app.listensAt({ url: app.url, certificate: await certificate(31, false) })
    expect(await measure('TRANSPORT')).toMatchObject({ status: 'OK' })
    const { config, database, work } = app
    const deaf = createApp({ ...work, config, database })
    const request = new Request(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${lethe.administrator}` },
      body: JSON.stringify({ query: '{ securityReview { key status } }' }),
    })
    const { data } = await (await deaf.fetch(request)).json()
    expect(data.securityReview[0]).toEqual({ key: 'TRANSPORT', status: 'UNKNOWN' })
  })
})

describe('accounts', () => {
  test('ASVS 6.3.3: without a second factor are told, administrators first, until they have one', async () => {
    const { token, id } = await lethe.newUser(['editor'])
    const boss = await lethe.newUser(['administrator'])
    const others = await lethe.finding('SECOND_FACTOR', 'Other users')
    expect(others).toMatchObject({ attention: true })
    expect(others?.users).toContainEqual({ id })
    expect((await lethe.measure('SECOND_FACTOR')).findings[0].text).toContain('Administrators')
    expect((await lethe.finding('SECOND_FACTOR', 'Administrators'))?.users).toContainEqual({ id: boss.id })
    for (const one of [token, boss.token]) await giveTotp(one)
    expect((await lethe.finding('SECOND_FACTOR', 'Other users'))?.users ?? []).not.toContainEqual({ id })
    expect((await lethe.finding('SECOND_FACTOR', 'Administrators'))?.users).not.toContainEqual({ id: boss.id })
  })

  test('ASVS 6.2.1: with a short password that lost its second factor are told, until it is longer', async () => {
    const { token, id, uuid } = await lethe.newUser()
    await giveTotp(token)
    await lethe.act('mutation { changePassword(newPassword: "kx7-qvpz") { token } }', {}, token)
    expect(await lethe.finding('PASSWORDS', 'Short')).toBeUndefined()
    // The product lets nobody come there.
    await lethe.pastTheGuards('DELETE FROM totp WHERE user_id = $1', [uuid])
    expect(await lethe.finding('PASSWORDS', 'Short')).toMatchObject({ count: 1, users: [{ id }], attention: true })
    expect(await lethe.measure('PASSWORDS')).toMatchObject({ status: 'ATTENTION' })
    await lethe.act('mutation ($id: ID!) { resetSecondFactor(id: $id) { id } }', { id })
    expect(await lethe.finding('PASSWORDS', 'Short')).toBeUndefined()
  })

  test('ASVS 11.4.2: with a hash of an older cost are told, until they sign in again', async () => {
    const { email, id, uuid } = await lethe.newUser([], { signedIn: false })
    const older = [
      await hash('correct horse battery staple', { memoryCost: 9216, timeCost: 4 }),
      await hash('correct horse battery staple', { memoryCost: 19_456, timeCost: 1 }),
      (await hash('correct horse battery staple', { memoryCost: 19_456, timeCost: 2 })).replace('argon2id', 'argon2i'),
    ]
    for (const passwordHash of older) {
      await lethe.pastTheGuards('UPDATE user_account SET password_hash = $1 WHERE id = $2', [passwordHash, uuid])
      expect(await lethe.finding('PASSWORDS', 'older cost')).toMatchObject({ count: 1, users: [{ id }] })
    }
    await lethe.pastTheGuards('UPDATE user_account SET password_hash = $1 WHERE id = $2', [older[0], uuid])
    await lethe.signIn(email)
    expect(await lethe.finding('PASSWORDS', 'older cost')).toBeUndefined()
    expect(await lethe.measure('PASSWORDS')).toMatchObject({ status: 'OK', findings: [] })
  })

  test('that nobody ever signed in to are told after a week, until somebody does', async () => {
    const { email, id, uuid } = await lethe.newUser([], { signedIn: false })
    expect(await lethe.finding('ACCOUNTS', 'never signed in')).toBeUndefined()
    await lethe.pastTheGuards('UPDATE user_account SET created_at = $1 WHERE id = $2', [daysAgo(8), uuid])
    expect(await lethe.finding('ACCOUNTS', 'never signed in')).toMatchObject({ count: 1, users: [{ id }] })
    await lethe.signIn(email)
    expect(await lethe.finding('ACCOUNTS', 'never signed in')).toBeUndefined()
  })

  test('that were not seen for 90 days are told, until they are seen or disabled', async () => {
    const [one, two] = [await lethe.newUser(), await lethe.newUser()]
    const away = 'UPDATE session SET last_seen_at = $1 WHERE user_id = ANY($2)'
    await lethe.pastTheGuards(away, [daysAgo(89), [one.uuid, two.uuid]])
    expect(await lethe.finding('ACCOUNTS', 'Not seen')).toBeUndefined()
    await lethe.pastTheGuards(away, [daysAgo(91), [one.uuid, two.uuid]])
    expect(await lethe.finding('ACCOUNTS', 'Not seen')).toMatchObject({ count: 2, attention: true })
    await lethe.signIn(one.email)
    expect((await lethe.finding('ACCOUNTS', 'Not seen'))?.users).toEqual([{ id: two.id }])
    await lethe.act('mutation ($id: ID!) { disableUser(id: $id) { id } }', { id: two.id })
    expect(await lethe.finding('ACCOUNTS', 'Not seen')).toBeUndefined()
  })

  test('that are signed in from three networks at once are told, until the sessions end', async () => {
    const { email, id } = await lethe.newUser()
    for (const address of ['::ffff:127.0.0.1', '2001:db8:1:2::1', '2001:db8:1:2:3::9'])
      await lethe.signIn(email, address)
    expect(await lethe.finding('ACCOUNTS', 'at once')).toBeUndefined()
    await lethe.signIn(email, '2001:db8:1:3::1')
    expect(await lethe.finding('ACCOUNTS', 'at once')).toMatchObject({ count: 1, users: [{ id }], attention: true })
    await lethe.act('mutation ($id: ID!) { endUserSessions(id: $id) { id } }', { id })
    expect(await lethe.finding('ACCOUNTS', 'at once')).toBeUndefined()
  })

  async function giveTotp(token: string) {
    const { secret } = await lethe.act('mutation { startTotp { secret } }', {}, token)
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
    await lethe.act('mutation ($code: String!) { confirmTotp(code: $code) { recoveryCodes } }', { code }, token)
  }
})

describe('sessions', () => {
  test('ASVS 7.3.1: that nobody used for a week are told, until they end', async () => {
    const { id, uuid } = await lethe.newUser()
    const before = await lethe.finding('SESSIONS', 'that are good')
    expect(before).toMatchObject({ attention: false })
    expect(before?.count).toBeGreaterThan(1)
    await lethe.pastTheGuards('UPDATE session SET last_seen_at = $1 WHERE user_id = $2', [daysAgo(8), uuid])
    expect(await lethe.finding('SESSIONS', 'Not used')).toMatchObject({ count: 1, users: [{ id }], attention: true })
    await lethe.act('mutation ($id: ID!) { endUserSessions(id: $id) { id } }', { id })
    expect(await lethe.finding('SESSIONS', 'Not used')).toBeUndefined()
    expect(await lethe.measure('SESSIONS')).toMatchObject({ status: 'OK' })
    expect((await lethe.finding('SESSIONS', 'that are good'))?.count).toBe((before?.count ?? 0) - 1)
  })
})

describe('ASVS 16.3.1: failed sign-ins', () => {
  const logged = (entity: string, time: Date) =>
    lethe.pastTheGuards(
      `INSERT INTO system_audit_entry (id, recorded_at, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
       VALUES ($1, $2, '', 'anonymous', 'refused', 'signIn', 'User', $3, '{}', '{}')`,
      [uuidv7({ msecs: time.getTime() }), time, entity],
    )

  test('are counted for a day and for a month, and wanted to be looked at where an account has many', async () => {
    expect(await lethe.measure('FAILED_SIGN_INS')).toMatchObject({ status: 'OK', findings: [] })
    const { email, id, uuid } = await lethe.newUser()
    await lethe.from('127.0.0.1', `mutation { signIn(email: "${email}", password: "wrong") { token } }`)
    await lethe.from('127.0.0.1', `mutation { signIn(email: "nobody@example.org", password: "wrong") { token } }`)
    // The log has this as well, but it is no failed sign-in.
    const denied = await lethe.from('127.0.0.1', '{ securityReview { key } }', (await lethe.newUser()).token)
    expect(denied.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
    for (const age of [2, 29, 31]) await logged(uuid, daysAgo(age))
    expect(await lethe.finding('FAILED_SIGN_INS', '24 hours')).toMatchObject({ count: 2, attention: false })
    expect(await lethe.finding('FAILED_SIGN_INS', '30 days')).toMatchObject({ count: 4, attention: false })
    for (let count = 1; count < 10; count++) await logged(uuid, new Date())
    expect(await lethe.measure('FAILED_SIGN_INS')).toMatchObject({ status: 'OK' })
    await logged(uuid, new Date())
    expect(await lethe.finding('FAILED_SIGN_INS', 'Accounts with more')).toMatchObject({ count: 1, users: [{ id }] })
    expect(await lethe.measure('FAILED_SIGN_INS')).toMatchObject({ status: 'ATTENTION' })
  })

  test('are found by an index', async () => {
    const { database } = lethe.app
    await database.$executeRaw`
      INSERT INTO system_audit_entry (id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
      SELECT gen_random_uuid(), '', 'user', 'created', 'x', 'Session', gen_random_uuid(), '{}', '{}' FROM generate_series(1, 20000)`
    await withClient(ownerOf(lethe.app.config.databaseUrl ?? ''), (owner) => owner.query('ANALYZE system_audit_entry'))
    const plan = await database.$queryRaw`
      EXPLAIN SELECT entity_id FROM system_audit_entry
      WHERE action = 'refused' AND id >= ${uuidv7({ msecs: daysAgo(31).getTime() })}::uuid ORDER BY id DESC LIMIT 100`
    expect(JSON.stringify(plan)).toContain('system_audit_entry_refused_idx')
  })
})

describe('keys of clients', () => {
  test('ASVS 13.3.4: that are old, unused, without an end or all over are told, until that is mended', async () => {
    expect(await lethe.measure('CLIENT_KEYS')).toMatchObject({ status: 'OK', findings: [] })
    const { id: client } = await lethe.act('mutation { createClient(input: { name: "Shop", kind: PARTNER }) { id } }')
    expect(await lethe.measure('CLIENT_KEYS')).toMatchObject({ findings: [] })
    const newKey =
      'mutation ($c: ID!, $e: DateTime) { createClientKey(client: $c, kind: SECRET, expiresAt: $e) { clientKey { id } } }'
    const { clientKey: key } = await lethe.act(newKey, { c: client })
    const clients = [{ name: 'Shop' }]
    expect(await lethe.finding('CLIENT_KEYS', 'never expire')).toMatchObject({ count: 1, clients, attention: true })
    const older = (days: number) => lethe.pastTheGuards('UPDATE client_key SET created_at = $1', [daysAgo(days)])
    await older(89)
    expect(await lethe.finding('CLIENT_KEYS', '90 days')).toBeUndefined()
    await older(91)
    expect(await lethe.finding('CLIENT_KEYS', '90 days')).toMatchObject({ count: 1, clients, attention: true })
    await older(366)
    expect(await lethe.finding('CLIENT_KEYS', 'a year')).toMatchObject({ count: 1, clients, attention: true })
    await lethe.app.database.$executeRaw`UPDATE client_key SET last_used_at = now()`
    expect(await lethe.finding('CLIENT_KEYS', '90 days')).toBeUndefined()
    await lethe.act('mutation ($id: ID!) { revokeClientKey(id: $id) { id } }', { id: key.id })
    expect(await lethe.finding('CLIENT_KEYS', 'a year')).toBeUndefined()
    expect(await lethe.finding('CLIENT_KEYS', 'never expire')).toBeUndefined()
    expect(await lethe.finding('CLIENT_KEYS', 'have all expired')).toMatchObject({ count: 1, clients, attention: true })
    await lethe.act(newKey, { c: client, e: new Date(Date.now() + 90 * day) })
    expect(await lethe.measure('CLIENT_KEYS')).toMatchObject({ status: 'OK', findings: [] })
    await lethe.act('mutation ($id: ID!) { disableClient(id: $id) { id } }', { id: client })
    expect(await lethe.measure('CLIENT_KEYS')).toMatchObject({ status: 'OK', findings: [] })
  })
})

describe('rights', () => {
  test('to change everything are told with who has them, and want attention where they are too many', async () => {
    const administrators = async () => (await lethe.finding('BROAD_RIGHTS', 'People'))?.count ?? 0
    expect(await lethe.finding('BROAD_RIGHTS', 'Roles')).toMatchObject({ count: 1, attention: false })
    const bosses = []
    while ((await administrators()) < 3) bosses.push(await lethe.newUser(['administrator'], { signedIn: false }))
    expect(await lethe.measure('BROAD_RIGHTS')).toMatchObject({ status: 'OK' })
    const { id } = await lethe.newUser(['administrator'], { signedIn: false })
    expect(await lethe.finding('BROAD_RIGHTS', 'People')).toMatchObject({ count: 4, attention: true })
    expect((await lethe.finding('BROAD_RIGHTS', 'People'))?.users).toContainEqual({ id })
    await lethe.act('mutation ($id: ID!) { disableUser(id: $id) { id } }', { id })
    expect(await lethe.finding('BROAD_RIGHTS', 'People')).toMatchObject({ count: 3, attention: false })

    const role = await lethe.newRole([{ right: '*', read: true, write: true }])
    const roles = await lethe.finding('BROAD_RIGHTS', 'Roles')
    expect(roles).toMatchObject({ count: 2, attention: true })
    expect(roles?.roles).toContainEqual({ key: role })
    const revoke = 'mutation ($r: ID!) { revokeRight(role: $r, right: "*", write: true) { key } }'
    await lethe.act(revoke, { r: Buffer.from(`Role:${role}`).toString('base64') })
    expect(await lethe.finding('BROAD_RIGHTS', 'Roles')).toMatchObject({ count: 1, attention: false })

    const { id: client } = await lethe.act(
      'mutation { createClient(input: { name: "Robot", kind: AUTOMATION }) { id } }',
    )
    const scope = (operation: string) =>
      lethe.act(`mutation ($c: ID!) { ${operation}(client: $c, right: "*", write: true) { id } }`, { c: client })
    await scope('grantScope')
    expect(await lethe.finding('BROAD_RIGHTS', 'Programs')).toMatchObject({ count: 1, clients: [{ name: 'Robot' }] })
    await scope('revokeScope')
    expect(await lethe.finding('BROAD_RIGHTS', 'Programs')).toBeUndefined()
    expect(await lethe.measure('BROAD_RIGHTS')).toMatchObject({ status: 'OK' })
  })

  test('that nobody uses are told, and want attention once their role is 90 days old, until they are used', async () => {
    const young = await lethe.newRole([{ right: 'contacts.email', read: true }], uuidv7())
    const fresh = await lethe.finding('UNUSED_RIGHTS', 'not 90 days old')
    expect(fresh?.roles).toContainEqual({ key: young })
    expect(await lethe.finding('UNUSED_RIGHTS', 'revoke them')).toBeUndefined()
    const id = uuidv7({ msecs: daysAgo(91).getTime() })
    const old = await lethe.newRole([{ right: 'contacts.contact', read: true }], id)
    const expected = { count: 1, roles: [{ key: old }], attention: true }
    expect(await lethe.finding('UNUSED_RIGHTS', 'revoke them')).toMatchObject(expected)
    const { token } = await lethe.newUser([old])
    await lethe.act('{ contacts { edges { node { id } } } }', {}, token)
    await lethe.app.app.finish()
    expect(await lethe.finding('UNUSED_RIGHTS', 'revoke them')).toBeUndefined()
    await lethe.app.database.$executeRaw`UPDATE grant_use SET last_read_at = ${daysAgo(91)} WHERE role_id = ${id}::uuid`
    expect(await lethe.finding('UNUSED_RIGHTS', 'revoke them')).toMatchObject(expected)
    const revoke = 'mutation ($r: ID!) { revokeRight(role: $r, right: "contacts.contact", read: true) { key } }'
    await lethe.act(revoke, { r: Buffer.from(`Role:${id}`).toString('base64') })
    expect(await lethe.finding('UNUSED_RIGHTS', 'revoke them')).toBeUndefined()
  })
})

describe('the audit log', () => {
  test.each([
    ['contact', 'audit_required'],
    ['client_key', 'audit_no_truncate'],
    ['security_check', 'audit_required'],
    ['system_audit_entry', 'system_audit_entry_fixed'],
    ['audit_entry', 'audit_entry_stamp'],
    ['audit_entry', 'audit_entry_number'],
    ['audit_leaf', 'audit_leaf_kept'],
    ['audit_checkpoint', 'audit_checkpoint_fixed'],
  ])('ASVS 16.4.2: that lost its protection of %s by %s is told, until it has it again', async (table, trigger) => {
    expect(await lethe.measure('AUDIT_LOG')).toMatchObject({ status: 'OK' })
    await lethe.pastTheGuards(`ALTER TABLE ${table} DISABLE TRIGGER ${trigger}`)
    const { status, findings } = await lethe.measure('AUDIT_LOG')
    expect([status, findings[0].attention]).toEqual(['ATTENTION', true])
    expect(findings[0].text).toContain(`: ${table}.`)
    await lethe.pastTheGuards(`ALTER TABLE ${table} ENABLE TRIGGER ${trigger}`)
    expect(await lethe.measure('AUDIT_LOG')).toMatchObject({ status: 'OK' })
  })

  test.each([
    [
      'system_audit_entry',
      'CREATE POLICY hide ON system_audit_entry USING (false)',
      'DROP POLICY hide ON system_audit_entry',
    ],
    ['contact', 'CREATE RULE swallow AS ON DELETE TO contact DO INSTEAD NOTHING', 'DROP RULE swallow ON contact'],
    [
      'audit_stamp',
      'ALTER FUNCTION audit_stamp() SET search_path = evil',
      'ALTER FUNCTION audit_stamp() SET search_path = pg_catalog, public, pg_temp',
    ],
  ])('that has something in between that hides, swallows or falsifies (%s) is told', async (place, harm, mend) => {
    await lethe.pastTheGuards(harm)
    expect(await lethe.finding('AUDIT_LOG', `evaded: ${place}.`)).toMatchObject({ count: 1, attention: true })
    await lethe.pastTheGuards(mend)
    expect(await lethe.measure('AUDIT_LOG')).toMatchObject({ status: 'OK', findings: [] })
  })

  test('that its own database user could change is told, while that is so', async () => {
    expect(await lethe.finding('AUDIT_LOG', 'could change the log')).toBeUndefined()
    await lethe.pastTheGuards('GRANT UPDATE, TRUNCATE ON audit_entry TO lethe_app')
    await lethe.pastTheGuards('GRANT CREATE ON SCHEMA public TO PUBLIC')
    expect(await lethe.finding('AUDIT_LOG', 'could change the log')).toMatchObject({ count: 2, attention: true })
    await lethe.pastTheGuards('REVOKE UPDATE, TRUNCATE ON audit_entry FROM lethe_app')
    await lethe.pastTheGuards('REVOKE CREATE ON SCHEMA public FROM PUBLIC')
    expect(await lethe.measure('AUDIT_LOG')).toMatchObject({ status: 'OK', findings: [] })
  })
})
