import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { constant, encode, forge, hmac, signer } from '../support/forge.ts'
import { audience } from '../support/provider.ts'
import { accepted, now, type Range, startRange } from './hostile-support.ts'

let range: Range

beforeAll(async () => {
  range = await startRange()
})

afterAll(() => range.close())

const publicKey = () => createPublicKey({ key: range.provider.keys.rsa, format: 'jwk' })

describe('an access token of the provider', () => {
  test('is refused if it is for others too, lives too long, or says too little or too much', async () => {
    const tokens = Object.entries({
      'ASVS 9.2.3, 10.3.1: for another service too': { aud: [audience, 'https://other.example'] },
      'ASVS 9.2.3: for another service first': { aud: ['https://other.example', audience] },
      'ASVS 9.2.3: for our client at the provider': { aud: 'lethe' },
      'ASVS 9.2.1: for more than a day': { exp: now() + 25 * 3600 },
      'ASVS 9.2.1: for ever': { exp: Number.MAX_SAFE_INTEGER },
      'ASVS 9.2.1: for longer than numbers go': { exp: 1e300 },
      'no client': { client_id: undefined },
      'no id': { jti: undefined },
      'id as number': { jti: 7 },
      'subject in another case': { sub: 'ADA' },
    })
    expect(await range.notRefused(tokens.map(([name, changes]) => [name, range.provided(changes)]))).toEqual([])
    expect(await range.notRefused([['crit, if known', range.provided({}, { crit: ['b64'], b64: true })]])).toEqual([])
  })

  test('ASVS 9.1.2: is refused where the public key serves as a secret', async () => {
    const key = publicKey()
    const jwk = key.export({ format: 'jwk' })
    const { header, claims } = range.target()
    const secrets = {
      'SPKI, PEM': key.export({ type: 'spki', format: 'pem' }),
      'SPKI, PEM, trimmed': String(key.export({ type: 'spki', format: 'pem' })).trim(),
      'PKCS #1, PEM': key.export({ type: 'pkcs1', format: 'pem' }),
      'SPKI, DER': key.export({ type: 'spki', format: 'der' }),
      'PKCS #1, DER': key.export({ type: 'pkcs1', format: 'der' }),
      JWK: JSON.stringify(jwk),
      'JWK as published': JSON.stringify({ ...jwk, kid: range.provider.keys.rsa.kid, use: 'sig' }),
      'key set': JSON.stringify({ keys: [jwk] }),
      'modulus, text': String(jwk.n),
      'modulus, bytes': Buffer.from(String(jwk.n), 'base64url'),
      empty: '',
      kid: range.provider.keys.rsa.kid,
    }
    const tokens = Object.entries(secrets).flatMap(([name, secret]) =>
      ['256', '384', '512'].flatMap((bits) =>
        [header['kid'], undefined].map(
          (kid) =>
            [
              `${name}, HS${bits}, ${kid ? 'with' : 'without'} kid`,
              forge({ ...header, alg: `HS${bits}`, kid }, claims, hmac(secret, `sha${bits}`)),
            ] as const,
        ),
      ),
    )
    expect(await range.notRefused(tokens)).toEqual([])
  })

  test('is refused where names stand twice, whatever reader sees which', async () => {
    const { header, claims, genuine } = range.target()
    const twice = (object: object, name: string, value: unknown) => [
      JSON.stringify(object).replace('{', `{${JSON.stringify(name)}:${JSON.stringify(value)},`),
      JSON.stringify(object).replace(/}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`),
    ]
    const ofClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'].flatMap((name) =>
      twice(claims, name, Reflect.get(claims, name)).map(
        (json, at) => [`${name} ${at}`, forge(header, json, genuine)] as const,
      ),
    )
    const escaped = JSON.stringify(claims).replace('{', '{"\\u0073ub":"eve",')
    const inside = JSON.stringify({ ...claims, extra: 0 }).replace('"extra":0', '"extra":[{"a":1,"a":2}]')
    const ofHeader = ['alg', 'typ', 'kid'].flatMap((name) =>
      twice(header, name, Reflect.get(header, name)).map(
        (json, at) => [`${name} ${at}`, forge(json, claims, genuine)] as const,
      ),
    )
    const others = [
      ['sub, escaped', forge(header, escaped, genuine)],
      ['inside', forge(header, inside, genuine)],
    ] as const
    expect(await range.notRefused([...ofClaims, ...ofHeader, ...others])).toEqual([])
    const harmless = { extra: [{ a: 1 }, { a: 2 }], text: '","sub":"eve","sub":"', '"quoted" : ': { sub: 'eve' } }
    expect(await range.send(range.provided(harmless))).toEqual(accepted('dora@example.org'))
  })

  test('is refused with a hostile ECDSA signature', async () => {
    const { claims } = range.target()
    const header = { alg: 'ES256', typ: 'at+jwt', kid: range.provider.keys.ec.kid }
    const genuine = signer(range.provider.keys.ec)
    expect(await range.send(forge(header, claims, genuine)), 'the control').toEqual(accepted('dora@example.org'))
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const bytes = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
    const both = (r: bigint, s: bigint) => constant(Buffer.concat([bytes(r), bytes(s)]))
    const derSigner = (input: string) => derOf(genuine(input))
    const tokens = {
      'zeros (CVE-2022-21449)': both(0n, 0n),
      'r is zero': both(0n, 1n),
      's is zero': both(1n, 0n),
      ones: both(1n, 1n),
      'r is the order': both(order, 1n),
      'both are the order': both(order, order),
      'in DER': derSigner,
      'by another key': signer(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
      'on another curve': signer(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
    }
    expect(
      await range.notRefused(Object.entries(tokens).map(([name, sign]) => [name, forge(header, claims, sign)])),
    ).toEqual([])
    const confused = [
      ['ES256 by the RSA key', forge({ ...header, kid: range.provider.keys.rsa.kid }, claims, genuine)],
      ['RS256 by the EC key', forge({ ...header, alg: 'RS256' }, claims, genuine)],
      ['ES384', forge({ ...header, alg: 'ES384' }, claims, genuine)],
      ['ES256K', forge({ ...header, alg: 'ES256K' }, claims, genuine)],
    ] as const
    expect(await range.notRefused(confused)).toEqual([])

    // Each statement has two signatures that anybody can make of one another (and many signers give either). So nothing here
    // may rest on the bytes of a token: the twin says the same, of the same person, and ends when the other one does.
    const twin = (input: string) => {
      const signature = Buffer.from(genuine(input))
      const s = order - BigInt(`0x${signature.subarray(32).toString('hex')}`)
      return Buffer.concat([signature.subarray(0, 32), bytes(s)])
    }
    expect(await range.send(forge(header, claims, twin))).toEqual(accepted('dora@example.org'))
    expect(await range.notRefused([['expired twin', forge(header, { ...claims, exp: now() - 60 }, twin)]])).toEqual([])
  })

  test('ASVS 9.2.2: is refused if it is another kind of token, or another issuer’s', async () => {
    const { idToken } = await range.provider.tokens('dora')
    const { header, claims } = range.target()
    const recipient = publicKey()
    const jwe = (content: string, alg: string) =>
      new CompactEncrypt(Buffer.from(content))
        .setProtectedHeader({ alg, enc: 'A256GCM', typ: 'at+jwt', cty: 'JWT' })
        .encrypt(recipient)
    const own = await range.app.signIn()
    const [ownHead = '', ownBody = ''] = own.split('.')
    const ownClaims = JSON.parse(Buffer.from(ownBody, 'base64url').toString())
    const ownKey = hmac(range.app.work.secrets.signingKey('session'))
    const issuer = range.provider.issuer
    const provided = range.target().genuine
    const tokens = [
      ['the ID token', idToken],
      ['the ID token, renamed', `${encode(header)}.${idToken.split('.').slice(1).join('.')}`],
      ['encrypted claims', await jwe(JSON.stringify(claims), 'RSA-OAEP-256')],
      ['an encrypted token', await jwe(range.provided(), 'RSA-OAEP')],
      [
        'our own token as the provider’s',
        forge(JSON.parse(Buffer.from(ownHead, 'base64url').toString()), { ...ownClaims, iss: issuer }, ownKey),
      ],
      ['our own token as the provider’s, with its claims', forge({ ...header, alg: 'HS256' }, claims, ownKey)],
      ['the provider’s token as our own', range.provided({ iss: 'lethe' })],
      ['the provider’s token as our own, with its claims', forge(header, ownClaims, provided)],
      [
        'the provider’s token as our own, by HMAC',
        forge({ ...header, alg: 'HS256' }, ownClaims, hmac(publicKey().export({ type: 'spki', format: 'pem' }))),
      ],
    ] as const
    expect(await range.send(own), 'the control').toEqual(accepted('ada@example.org'))
    expect(await range.notRefused(tokens)).toEqual([])
  })

  test('is refused beyond 8 KiB, even a genuine one', async () => {
    expect(await range.send(range.provided({ padding: 'a'.repeat(5000) }))).toEqual(accepted('dora@example.org'))
    expect(await range.notRefused([['huge', range.provided({ padding: 'a'.repeat(7000) })]])).toEqual([])
  })

  test('ASVS 7.4.1, 7.4.2: is refused of who is disabled, unknown, or signed out everywhere since', async () => {
    const disable = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
    const id = async (subject: string) => (await me(range.provided({ sub: subject, jti: randomUUID() }))).id
    const me = async (token: string) => (await range.app.graphql('{ me { id } }', {}, token)).data.me
    await range.app.graphql(disable, { id: await id('disabled') }, await range.app.signIn())
    const token = range.provided({ sub: 'signed-out', iat: now() - 1 })
    expect(await range.send(token)).toEqual(accepted('signed-out@example.org'))
    const { data } = await range.app.graphql('mutation { signOutEverywhere }', {}, token)
    expect(data.signOutEverywhere).toBe(true)
    await expect.poll(() => range.send(token), { interval: 10, timeout: 5000 }).toMatchObject({ status: 401 })
    const tokens = [
      ['disabled', range.provided({ sub: 'disabled' })],
      ['disabled, with a token from afterwards', range.provided({ sub: 'disabled', iat: now() + 2 })],
      ['signed out', token],
      ['signed out, another token of then', range.provided({ sub: 'signed-out', iat: now() - 5, jti: 'another' })],
      ['unknown', range.provided({ sub: 'unknown' })],
    ] as const
    expect(await range.notRefused(tokens)).toEqual([])
    const later = now() + 2
    expect(await range.send(range.provided({ sub: 'signed-out', iat: later })), 'from the next second on').toEqual(
      accepted('signed-out@example.org'),
    )
  })

  test('ASVS 9.1.3: asked for no key but the published ones, and for these once', async () => {
    expect(range.provider.asked.filter((asked) => asked.includes('evil'))).toEqual([])
    expect(range.provider.asked.filter((asked) => asked === 'GET /jwks')).toHaveLength(1)
  })
})

/** The same signature as DER has it. */
function derOf(signature: Uint8Array): Buffer {
  const integer = (half: Uint8Array) => {
    const value = (half[0] ?? 0) > 127 ? [0, ...half] : [...half]
    return Buffer.from([2, value.length, ...value])
  }
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))])
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}
