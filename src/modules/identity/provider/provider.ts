import { createRemoteJWKSet, errors, type JWTVerifyGetKey, customFetch as jwksFetch } from 'jose'
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  clockTolerance,
  customFetch,
  discovery,
  None,
} from 'openid-client'
import type { ProviderConfig } from '../../../config.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { Logger } from '../../../log.ts'
import { loggable } from '../../../log-error.ts'
import { askProvider, patience, restingAfterFailure, rootCause } from './fetch.ts'

/** An OpenID provider to sign in with. */
export type Provider = {
  config: ProviderConfig
  /** What it says of itself at the moment, at most ten minutes old. Throws UNAVAILABLE when it says nothing usable. */
  current: () => Promise<CurrentProvider>
}

/** A provider as it described itself. */
export type CurrentProvider = {
  configuration: Configuration
  /** The key that a token was signed with, from the provider's published ones. Throws UNAVAILABLE when these can't be had. */
  keys: JWTVerifyGetKey
}

/** The only signatures that count. With them nobody can sign who can only check (ASVS 9.1.2; RFC 8725, section 3.1). */
export const algorithms = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
]

/** Seconds by which the provider's clock may differ from ours. */
export const tolerance = 5

const maxAge = 10 * 60_000

/** The provider of the settings. It is asked when it is needed first, and so may be down until then. */
export function createProvider(config: ProviderConfig, log: Logger): Provider {
  const clock = () => performance.now()
  let known: { provider: CurrentProvider; since: number } | undefined
  let pending: Promise<CurrentProvider> | undefined
  const discover = restingAfterFailure(async () => {
    try {
      const since = clock()
      const provider = await describe(config, log)
      known = { provider, since }
      return provider
    } catch (error) {
      log.warn(
        { issuer: config.issuer, error: loggable(rootCause(error)) },
        'the identity provider does not describe itself',
      )
      throw away()
    }
  }, clock)
  return {
    config,
    current: async () => {
      if (known && clock() - known.since < maxAge) return known.provider
      pending ??= discover().finally(() => {
        pending = undefined
      })
      return pending
    },
  }
}

async function describe(config: ProviderConfig, log: Logger): Promise<CurrentProvider> {
  const { clientId, clientSecret, issuer } = config
  const configuration = await discovery(
    new URL(issuer),
    clientId,
    { [clockTolerance]: tolerance },
    clientSecret === undefined ? None() : secretAuthentication(clientSecret),
    { [customFetch]: askProvider, timeout: patience / 1000 },
  )
  const metadata = configuration.serverMetadata()
  // To the letter: tokens are held against it, and another one could be somebody else's (ASVS 10.5.3).
  if (metadata.issuer !== issuer) {
    throw new Error(`LETHE_OIDC_ISSUER has to be what the provider calls itself: ${metadata.issuer}`)
  }
  if (metadata.jwks_uri === undefined) throw new Error('the provider publishes no keys')
  return { configuration, keys: publishedKeys(new URL(metadata.jwks_uri), log) }
}

/** As the provider wants it; HTTP Basic where it doesn't say (OpenID Connect Discovery 1.0, section 3). */
function secretAuthentication(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)]
  return (server, ...rest) => {
    const { token_endpoint_auth_methods_supported: supported = ['client_secret_basic'] } = server
    return supported.includes('client_secret_basic') ? basic(server, ...rest) : post(server, ...rest)
  }
}

/** Fetched anew for a key that isn't among them, but not more than twice a minute whatever tokens come. */
function publishedKeys(url: URL, log: Logger): JWTVerifyGetKey {
  const fetchKeys: typeof askProvider = async (...request) => {
    const response = await askProvider(...request)
    if (response.status !== 200) throw new Error(`the provider's keys came with status ${response.status}`)
    return response
  }
  const clock = () => performance.now()
  const keys = createRemoteJWKSet(url, {
    [jwksFetch]: restingAfterFailure(fetchKeys, clock),
    timeoutDuration: patience,
    cooldownDuration: 30_000,
    cacheMaxAge: maxAge,
  })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      log.warn({ error: loggable(rootCause(error)) }, 'the keys of the identity provider can not be had')
      throw away()
    }
  }
}

const away = () => new LetheError('UNAVAILABLE', 'The identity provider does not answer as it should; try again later.')
