import { createHmac, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { pastTheGuards } from '../support/database.ts'
import { type Installation, install, password } from './support.ts'

let lethe: Installation
let bearer: string
let cookie: string | undefined
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())
beforeEach(async () => {
  ;({ bearer, cookie } = await lethe.signIn())
})

const refused = { code: 'UNAUTHENTICATED' }
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const seconds = () => Math.floor(Date.now() / 1000)
const tell = (token: string) => lethe.authenticate({ cookie: undefined, bearer: token })

/** A token by our own key that is right in all but what is said. Made without the library that judges it. */
function token(change: { header?: object; claims?: object; key?: Uint8Array; hash?: string } = {}) {
  const { header = {}, claims = {}, key = lethe.sessionKey, hash = 'sha256' } = change
  const text = `${encode({ alg: 'HS256', typ: 'at+jwt', ...header })}.${encode({ ...decodeJwt(bearer), ...claims })}`
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`
}

describe('a bearer token', () => {
  test('that is right is taken, so that the refusals below mean something', async () => {
    expect((await tell(token())).actor.kind).toBe('user')
  })

  test.each<[string, object]>([
    ['another issuer', { claims: { iss: 'other' } }],
    ['another audience', { claims: { aud: 'other' } }],
    ['another type', { header: { typ: 'JWT' } }],
    ['no type', { header: { typ: undefined } }],
    ['another algorithm of the same key', { header: { alg: 'HS512' }, hash: 'sha512' }],
    ['a foreign key', { key: randomBytes(32) }],
    ['an unknown critical extension', { header: { crit: ['exotic'], exotic: 1 } }],
    ['an expiry in the past', { claims: { exp: seconds() - 60 } }],
    ['a beginning in the future', { claims: { nbf: seconds() + 60 } }],
    ['an issue in the future', { claims: { iat: seconds() + 60 } }],
    ['an issue longer ago than a session lasts', { claims: { iat: seconds() - 13 * 3600 } }],
    ['no issuer', { claims: { iss: undefined } }],
    ['no audience', { claims: { aud: undefined } }],
    ['no user', { claims: { sub: undefined } }],
    ['no session', { claims: { sid: undefined } }],
    ['no expiry', { claims: { exp: undefined } }],
    ['no issue', { claims: { iat: undefined } }],
    ['something else for a session', { claims: { sid: "' OR true --" } }],
    ['a session that there is not', { claims: { sid: randomUUID() } }],
    ['another user', { claims: { sub: randomUUID() } }],
  ])('ASVS 9.1, 9.2: with %s is refused', async (_what, change) => {
    await expect(tell(token(change))).rejects.toMatchObject(refused)
  })

  test('ASVS 9.1.1, 9.1.2: without a signature is refused, whatever it says of itself', async () => {
    const [header, claims, signature] = bearer.split('.')
    const unsigned = [
      `${encode({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
      `${encode({ alg: 'None', typ: 'at+jwt' })}.${claims}.${signature}`,
      `${header}.${claims}.`,
      `${header}.${encode({ ...decodeJwt(bearer), sub: randomUUID() })}.${signature}`,
      `${header}.${claims}`,
      '',
      'x'.repeat(5000),
    ]
    for (const forged of unsigned) await expect(tell(forged)).rejects.toMatchObject(refused)
  })

  test('ASVS 9.1.2, 9.1.3: that brings its own key, or passes a public key off as a secret, is refused', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const asymmetric = await new SignJWT(decodeJwt(bearer))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
      .sign(privateKey)
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    const text = `${encode({ alg: 'HS256', typ: 'at+jwt' })}.${bearer.split('.')[1]}`
    const confused = `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`
    const foreign = randomBytes(32)
    const header = {
      jwk: { kty: 'oct', k: foreign.toString('base64url') },
      kid: '../../dev/null',
      jku: 'https://example.org/',
    }
    const brought = token({ header, key: foreign })
    for (const forged of [asymmetric, confused, brought]) await expect(tell(forged)).rejects.toMatchObject(refused)
  })
})

describe('a session', () => {
  const past = "now() - interval '1 second'"
  const nobody = { actor: { kind: 'anonymous', id: null }, sessionId: null }

  test.each([
    ['expired (7.3.2)', `UPDATE session SET expires_at = ${past}`],
    ['not been used for an hour (7.3.1)', "UPDATE session SET last_seen_at = now() - interval '60 minutes'"],
    ['ended elsewhere (7.4.1)', `UPDATE session SET ended_at = ${past}`],
  ])('ASVS 7: that has %s is worth nothing after at most a second', async (_what, statement) => {
    expect((await lethe.authenticate({ cookie, bearer: undefined })).actor.kind).toBe('user')
    await pastTheGuards(lethe.url, statement)
    lethe.time.now += 1000
    expect(await lethe.authenticate({ cookie, bearer: undefined })).toMatchObject(nobody)
    await expect(tell(bearer)).rejects.toMatchObject(refused)
  })

  test('ASVS 7.4.2: of a disabled user is worth nothing after at most a second', async () => {
    await addUser(lethe.system, { email: 'leaver@example.org', name: '', password, roles: [] })
    const { cookie: leavers } = await lethe.signIn('leaver@example.org')
    expect((await lethe.authenticate({ cookie: leavers, bearer: undefined })).actor.kind).toBe('user')
    await transact(lethe.system, 'disable', (tx) =>
      tx.user.update({ where: { email: 'leaver@example.org' }, data: { disabledAt: new Date() } }),
    )
    lethe.time.now += 1000
    expect(await lethe.authenticate({ cookie: leavers, bearer: undefined })).toMatchObject(nobody)
  })

  test('is nobody for a cookie that is not one', async () => {
    for (const made of ['', 'x', randomBytes(32).toString('base64url'), `${cookie}x`, "' OR true --"]) {
      expect(await lethe.authenticate({ cookie: made, bearer: undefined })).toMatchObject(nobody)
    }
    expect((await lethe.authenticate({ cookie: undefined, bearer: undefined })).rights.canRead('contacts.name')).toBe(
      false,
    )
  })

  test('ASVS 7.3.1: lives on while it is used', async () => {
    const ages = "UPDATE session SET last_seen_at = last_seen_at - interval '50 minutes'"
    for (let n = 0; n < 3; n++) {
      await pastTheGuards(lethe.url, ages)
      lethe.time.now += 1000
      expect((await lethe.authenticate({ cookie, bearer: undefined })).actor.kind).toBe('user')
    }
    const seen = await lethe.database.session.findFirstOrThrow({ orderBy: { id: 'desc' } })
    expect(Date.now() - seen.lastSeenAt.getTime()).toBeLessThan(60_000)
  })

  test('is asked for once a second, and keeps its rights while its grants stay', async () => {
    const asked = vi.spyOn(lethe.database, '$queryRaw')
    const first = await lethe.authenticate({ cookie, bearer: undefined })
    lethe.time.now += 999
    expect(await lethe.authenticate({ cookie, bearer: undefined })).toBe(first)
    expect(asked).toHaveBeenCalledTimes(1)
    lethe.time.now += 1
    const later = await lethe.authenticate({ cookie, bearer: undefined })
    expect(asked).toHaveBeenCalledTimes(2)
    expect(later.rights).toBe(first.rights)
    asked.mockRestore()
  })

  test('loses a revoked grant after at most a second', async () => {
    await addUser(lethe.system, { email: 'editor@example.org', name: '', password, roles: ['editor'] })
    const { bearer: editors } = await lethe.signIn('editor@example.org')
    expect((await tell(editors)).rights.canWrite('contacts.email')).toBe(true)
    await transact(lethe.system, 'revoke', (tx) =>
      tx.grant.deleteMany({ where: { role: { key: 'editor' }, right: 'contacts.*' } }),
    )
    lethe.time.now += 1000
    const { rights } = await tell(editors)
    expect(rights.canWrite('contacts.email')).toBe(false)
    expect(rights.canRead('audit.history')).toBe(true)
  })
})
