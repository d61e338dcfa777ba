import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Browser } from '../support/cookies.ts'
import { forge, hmac, type Signer, signer } from '../support/forge.ts'
import { clientId, clientSecret } from '../support/provider.ts'
import { type Target, wrongClaims, wrongHeaders, wrongShapes } from './hostile-claims.ts'
import { type Setup, startSetup } from './provider-support.ts'

let setup: Setup
let browser: Browser
const evil = generateKeyPairSync('rsa', { modulusLength: 2048 })

beforeAll(async () => {
  setup = await startSetup()
  browser = setup.browser()
  setup.provider.accounts['ada'] = { email: 'ada@example.org', email_verified: true }
})

afterEach(() => {
  setup.provider.replaceIdToken = undefined
})

afterAll(() => setup.close())

/** What a sign-in comes to with another ID token than the provider made. */
async function outcome(replace: (target: Target) => string) {
  setup.provider.replaceIdToken = (genuine) => replace(targetOf(genuine))
  const { error, browser: signedIn } = await setup.signIn('ada', { browser })
  return { error, signedIn: signedIn.cookies(setup.app.url).has('__Host-lethe') }
}

function targetOf(genuine: string): Target {
  const [header, claims] = genuine.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  return {
    header,
    claims,
    genuine: signer(setup.provider.keys.rsa),
    foreign: signer(evil.privateKey),
    foreignKey: { ...evil.publicKey.export({ format: 'jwk' }), kid: 'evil' },
    foreignUrl: `${setup.provider.issuer}/evil-keys`,
    otherSubject: 'eve',
  }
}

type Hostile = (target: Target) => readonly (readonly [name: string, token: string])[]

const refused = { error: 'provider-failed', signedIn: false }

/** The names of those that don't end as they have to. */
async function notRefused(hostile: Hostile) {
  const example = targetOf(forge({ alg: 'RS256' }, { iss: 'x', aud: 'x', sub: 'x', iat: 0 }, () => Buffer.alloc(8)))
  const accepted: unknown[] = []
  for (const [index, [name]] of hostile(example).entries()) {
    const result = await outcome((target) => hostile(target)[index]?.[1] ?? '')
    if (result.error !== refused.error || result.signedIn) accepted.push({ name, ...result })
  }
  return accepted
}

const changed = (changes: Record<string, object>, header: object = {}, sign?: Signer): Hostile => {
  return (target) =>
    Object.entries(changes).map(([name, change]) => [
      name,
      forge({ ...target.header, ...header }, { ...target.claims, ...change }, sign ?? target.genuine),
    ])
}

test('ASVS 10.5.4: refuses an ID token with wrong claims', async () => {
  expect(await notRefused(wrongClaims)).toEqual([])
  const others = {
    'for others too': { aud: [clientId, 'other'] },
    'for others too, who asked for it': { aud: [clientId, 'other'], azp: 'other' },
    'ASVS 10.5.1: of another sign-in': { nonce: 'a'.repeat(43) },
    'ASVS 10.5.1: of no sign-in': { nonce: undefined },
    'made long before the sign-in': { iat: Math.floor(Date.now() / 1000) - 3600 },
  }
  expect(await notRefused(changed(others))).toEqual([])
})

test('ASVS 6.8.2: refuses an ID token with a wrong header or signature', async () => {
  expect(await notRefused((target) => wrongHeaders(target).filter(([name]) => !name.includes(': type ')))).toEqual([])
})

test('refuses an ID token in a wrong shape', async () => {
  expect(await notRefused(wrongShapes)).toEqual([])
})

test('ASVS 9.1.2: refuses an ID token that was made with a secret that is shared', async () => {
  const publicKey = createPublicKey({ key: setup.provider.keys.rsa, format: 'jwk' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  for (const secret of [clientSecret, pem, '']) {
    expect(await notRefused(changed({ HS256: {} }, { alg: 'HS256' }, hmac(secret)))).toEqual([])
    expect(await notRefused(changed({ HS256: {} }, { alg: 'HS256', kid: undefined }, hmac(secret)))).toEqual([])
  }
})

test('accepts what is right: the control', async () => {
  expect(setup.provider.asked.filter((asked) => asked.includes('evil'))).toEqual([])
  expect(await outcome(({ header, claims, genuine }) => forge(header, claims, genuine))).toEqual({
    error: null,
    signedIn: true,
  })
})
