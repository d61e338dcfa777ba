import { type JWTPayload, jwtVerify } from 'jose'
import { authorizationCodeGrant, type Configuration, fetchUserInfo } from 'openid-client'
import { isEmail, normaliseEmail } from '../access/users.ts'
import type { Flow } from './flow.ts'
import { algorithms, type Provider, tolerance } from './provider.ts'

/** Somebody as the provider knows them. */
export type Person = {
  issuer: string
  /** Never given to anybody else at that issuer (ASVS 10.5.2). */
  subject: string
  /** Only if the provider checked that it is theirs; in the form in which addresses of users are stored. */
  email: string | undefined
  /** Empty if the provider doesn't say. */
  name: string
  language: 'de' | 'en'
  /** The values of the claim that says what somebody may do. */
  groups: string[]
}

/**
 * Who signed in at the provider, by what it sent the browser back with: the code is exchanged for an ID token, which has to
 * be of this provider, for us, for this very sign-in, and fresh (OpenID Connect Core 1.0, section 3.1.3.7). Throws when
 * anything doesn't fit.
 *
 * @param answer Our redirect URI with the query that the browser brought.
 */
export async function personOf(provider: Provider, answer: URL, flow: Flow): Promise<Person> {
  const { issuer, clientId, rolesClaim } = provider.config
  const { configuration, keys } = await provider.current()
  const tokens = await authorizationCodeGrant(configuration, answer, {
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    pkceCodeVerifier: flow.verifier,
    idTokenExpected: true,
  })
  // The library believes the connection that the token came by, and doesn't look at its signature (ASVS 6.8.2).
  const { payload } = await jwtVerify(tokens.id_token ?? '', keys, {
    algorithms,
    issuer,
    audience: clientId,
    clockTolerance: tolerance,
    maxTokenAge: '10 minutes',
    requiredClaims: ['sub', 'exp', 'nonce'],
  })
  const { sub = '' } = payload
  if (!isSubject(sub)) throw new Error('the provider names nobody')
  const information = await userInformation(configuration, tokens.access_token, sub)
  const claims = { ...information, ...payload }
  return {
    issuer,
    subject: sub,
    email: verifiedEmail(payload['email'] === undefined ? information : payload),
    name: nameOf(claims['name']),
    language: languageOf(claims['locale']),
    groups: [claims[rolesClaim]].flat().filter((group) => typeof group === 'string'),
  }
}

/** Whether it can be a subject: up to 255 characters of ASCII (OpenID Connect Core 1.0, section 2). */
export const isSubject = (sub: unknown): sub is string => typeof sub === 'string' && /^[ -~]{1,255}$/.test(sub)

async function userInformation(
  configuration: Configuration,
  accessToken: string,
  subject: string,
): Promise<JWTPayload> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return {}
  return { ...(await fetchUserInfo(configuration, accessToken, subject)) }
}

/** The address with its own statement that it is verified: two sources may speak of two addresses. */
function verifiedEmail({ email, email_verified: verified }: JWTPayload): string | undefined {
  if (verified !== true || typeof email !== 'string') return undefined
  const address = normaliseEmail(email)
  return isEmail(address) ? address : undefined
}

const languageOf = (locale: unknown) => (typeof locale === 'string' && /^de\b/i.test(locale) ? 'de' : 'en')

const nameOf = (name: unknown): string =>
  typeof name === 'string'
    ? name
        .replace(/[\p{Cc}\s]+/gu, ' ')
        .trim()
        .normalize('NFC')
        .slice(0, 200)
        .toWellFormed()
    : ''
