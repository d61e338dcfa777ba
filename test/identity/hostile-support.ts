import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { forge, signer } from '../support/forge.ts'
import { http1 } from '../support/https.ts'
import { audience } from '../support/provider.ts'
import type { Target } from './hostile-claims.ts'
import { type Setup, startSetup } from './provider-support.ts'

/** A key that nobody here knows. */
export const evil = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** Seconds since 1970. */
export const now = (): number => Math.floor(Date.now() / 1000)

/** What becomes of a request with a token. */
export type Outcome = { status: number; code: string | undefined; email: string | undefined }

/** Somebody's request was answered. */
export const accepted = (email: string): Outcome => ({ status: 200, code: undefined, email })

/** A product with a provider and some of its people, to try tokens on. */
export type Range = Setup & {
  /** Sends a request with this token over a real connection. */
  send: (token: string) => Promise<Outcome>
  /** Those of the tokens that were not refused as they have to be. */
  notRefused: (tokens: readonly (readonly [name: string, token: string])[]) => Promise<unknown[]>
  /** What is good in an access token of the provider. */
  target: () => Target
  /** A good access token of the provider, but for these changes. */
  provided: (claims?: object, header?: object) => string
}

/** Starts it. */
export async function startRange(): Promise<Range> {
  const setup = await startSetup({ roles: [{ value: 'crm', role: 'editor' }] })
  const { app, provider } = setup
  for (const subject of ['dora', 'eve', 'disabled', 'signed-out']) {
    provider.accounts[subject] = { email: `${subject}@example.org`, email_verified: true, groups: ['crm'] }
    await setup.signIn(subject)
  }
  const send = async (token: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const body = JSON.stringify({ query: '{ me { email } }' })
    const answer = await http1(app.url, { path: '/graphql', ca: app.ca, method: 'POST', headers, body })
    const { data, errors } = JSON.parse(answer.body)
    return { status: answer.status, code: errors?.[0]?.extensions.code, email: data?.me?.email }
  }
  const target = (): Target => ({
    header: { alg: 'RS256', typ: 'at+jwt', kid: provider.keys.rsa.kid },
    claims: {
      iss: provider.issuer,
      aud: audience,
      sub: 'dora',
      iat: now(),
      exp: now() + 600,
      client_id: 'spa',
      jti: randomUUID(),
    },
    genuine: signer(provider.keys.rsa),
    foreign: signer(evil.privateKey),
    foreignKey: { ...evil.publicKey.export({ format: 'jwk' }), kid: 'evil' },
    foreignUrl: `${provider.issuer}/evil-keys`,
    otherSubject: 'eve',
  })
  return {
    ...setup,
    send,
    notRefused: async (tokens) => {
      if (new Set(tokens.map(([name]) => name)).size < tokens.length) throw new Error('two have the same name')
      const missed: unknown[] = []
      for (const [name, token] of tokens) {
        const { status, code, email } = await send(token)
        if (status !== 401 || code !== 'UNAUTHENTICATED' || email !== undefined)
          missed.push({ name, status, code, email })
      }
      return missed
    },
    target,
    provided: (claims = {}, header = {}) => {
      const usual = target()
      return forge({ ...usual.header, ...header }, { ...usual.claims, ...claims }, usual.genuine)
    },
  }
}
