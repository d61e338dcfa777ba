import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encode, forge, hmac, signer } from '../support/forge.ts'
import { audience } from '../support/provider.ts'
import { type Target, wrongClaims, wrongHeaders, wrongShapes } from './hostile-claims.ts'
import { accepted, evil, now, type Range, startRange } from './hostile-support.ts'

// The same hostile tokens for both kinds that there are. One test sends many of them, and names those that were not refused.

let range: Range

beforeAll(async () => {
  range = await startRange()
})

afterAll(() => range.close())

describe('an access token of the provider', () => {
  test('is accepted: the control', async () => {
    const { accessToken } = await range.provider.tokens('dora')
    expect(await range.send(accessToken)).toEqual(accepted('dora@example.org'))
    expect(await range.send(range.provided())).toEqual(accepted('dora@example.org'))
    expect(await range.send(range.provided({ sub: 'eve' }))).toEqual(accepted('eve@example.org'))
    expect(await range.send(range.provided({ aud: [audience] }))).toEqual(accepted('dora@example.org'))
    expect(await range.send(range.provided({}, { typ: 'application/at+jwt' }))).toEqual(accepted('dora@example.org'))
    expect(await range.send(range.provided({ exp: now() - 3, iat: now() - 60 })), 'clocks differ a little').toEqual(
      accepted('dora@example.org'),
    )
  })

  test('is refused with wrong claims', async () => {
    expect(await range.notRefused(wrongClaims(range.target()))).toEqual([])
  })

  test('is refused with a wrong header', async () => {
    expect(await range.notRefused(wrongHeaders(range.target()))).toEqual([])
  })

  test('is refused in a wrong shape', async () => {
    expect(await range.notRefused(wrongShapes(range.target()))).toEqual([])
  })
})

describe('an access token of our own', () => {
  const key = () => range.app.work.secrets.signingKey('session')
  const ownTarget = async (): Promise<Target & { claims: { sid: string } }> => {
    const [head = '', body = ''] = (await range.app.signIn()).split('.')
    const part = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString())
    const eve = await range.app.database.user.findUnique({ where: { email: 'eve@example.org' } })
    return {
      header: part(head),
      claims: part(body),
      genuine: hmac(key()),
      foreign: hmac('somebody else’s key, which is long enough'),
      foreignKey: { kty: 'oct', k: encode('somebody else’s key, which is long enough') },
      foreignUrl: `${range.provider.issuer}/evil-keys`,
      otherSubject: eve?.id ?? '',
    }
  }

  test('is accepted: the control', async () => {
    const { header, claims, genuine } = await ownTarget()
    expect(await range.send(forge(header, claims, genuine))).toEqual(accepted('ada@example.org'))
  })

  test('is refused with wrong claims', async () => {
    expect(await range.notRefused(wrongClaims(await ownTarget()))).toEqual([])
  })

  test('is refused with a wrong header', async () => {
    expect(await range.notRefused(wrongHeaders(await ownTarget()))).toEqual([])
  })

  test('is refused in a wrong shape', async () => {
    expect(await range.notRefused(wrongShapes(await ownTarget()))).toEqual([])
  })

  test('ASVS 9.1.2: is refused with any other algorithm or key', async () => {
    const { header, claims } = await ownTarget()
    const { secrets } = range.app.work
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const keys = {
      empty: '',
      'a zero': Buffer.alloc(32),
      'a word': 'secret',
      'our name': 'lethe',
      'another of our keys': secrets.signingKey('provider'),
      'a key of ours that never was': secrets.signingKey(''),
      'half of our key': key().subarray(0, 16),
      'our key as text': Buffer.from(key()).toString('base64url'),
    }
    const tokens = [
      ...Object.entries(keys).map(
        ([name, secret]) => [`HS256 by ${name}`, forge(header, claims, hmac(secret))] as const,
      ),
      ['HS384', forge({ ...header, alg: 'HS384' }, claims, hmac(key(), 'sha384'))] as const,
      ['HS512', forge({ ...header, alg: 'HS512' }, claims, hmac(key(), 'sha512'))] as const,
      ['RS256', forge({ ...header, alg: 'RS256' }, claims, signer(evil.privateKey))] as const,
      ['ES256', forge({ ...header, alg: 'ES256' }, claims, signer(ec))] as const,
    ]
    expect(await range.notRefused(tokens)).toEqual([])
  })

  test('ASVS 7.4.1: is refused for a session that never was, is somebody else’s, or has ended', async () => {
    const { header, claims, genuine } = await ownTarget()
    const { claims: ended, ...rest } = await ownTarget()
    const token = forge(rest.header, ended, rest.genuine)
    await range.app.graphql('mutation { signOut }', {}, token)
    const { otherSubject } = rest
    const changed = (changes: object) => forge(header, { ...claims, ...changes }, genuine)
    const tokens = [
      ['ended', token],
      ['unknown', changed({ sid: randomUUID() })],
      ['somebody else’s', changed({ sub: otherSubject })],
      ['none', changed({ sid: undefined })],
      ['no id', changed({ sid: 'x' })],
      ['a list', changed({ sid: [claims.sid] })],
    ] as const
    expect(await range.notRefused(tokens)).toEqual([])
  })
})
