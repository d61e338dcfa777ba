import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { type AdapterFactory, type AdapterPayload, Provider as OpenIdProvider } from 'oidc-provider'
import { generate } from 'selfsigned'
import type { ProviderConfig } from '../../src/config.ts'
import { type Browser, createBrowser } from './cookies.ts'
import { http1 } from './https.ts'

/** What a provider tells of somebody. */
export type Account = { email?: string; email_verified?: unknown; name?: string; locale?: string; groups?: unknown }

/** A key that the provider signs with, as a private JWK. */
export type SigningKey = JWK & { kid: string }

/** A real OpenID provider on a port of its own, over HTTPS, with people that a test makes up. */
export type TestProvider = {
  issuer: string
  /** The certificate to trust, as PEM. */
  ca: string
  /** By subject. */
  accounts: Record<string, Account>
  /** What the next person does on its page: they sign in as this subject, or refuse. */
  answer: { subject: string } | 'refuses'
  /** Whether the ID token says it all, or only the user information. */
  fullIdToken: boolean
  /** `GET /path` of what it was asked, oldest first. */
  asked: string[]
  /** Answers instead of it, where it wants to. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  /** What it hands out instead of the ID token that it made. */
  replaceIdToken: ((genuine: string) => string) | undefined
  /** What it signs with. */
  keys: { rsa: SigningKey; ec: SigningKey }
  /** Tells it where the product is. */
  serve: (publicUrl: string) => void
  /** Signs with other keys from now on, and publishes only these. */
  rotate: () => Promise<void>
  /** Is gone, or back at the same place. */
  stop: () => Promise<void>
  start: () => Promise<void>
  /** What an SPA client gets that signs somebody in. */
  tokens: (subject: string) => Promise<{ accessToken: string; idToken: string }>
}

export const clientId = 'lethe'
export const clientSecret = 'the secret of lethe at the provider'
const spa = { id: 'spa', redirect: 'https://spa.example/callback' }

/** The audience of access tokens for the product. */
export const audience = 'https://lethe.test/api'

/** The settings that make the product sign people in there. */
export const providerConfig = (issuer: string, further: Partial<ProviderConfig> = {}): ProviderConfig => ({
  issuer,
  clientId,
  clientSecret,
  name: 'Example',
  audience,
  rolesClaim: 'groups',
  roles: [],
  ...further,
})

/** Starts one. */
export async function startTestProvider(): Promise<TestProvider> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: `provider ${randomUUID()}` }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  })
  let handle: RequestListener = (_request, response) => response.writeHead(503).end()
  const server = createServer({ cert, key }, (request, response) => {
    provider.asked.push(`${request.method} ${request.url?.split('?')[0]}`)
    if (!provider.instead?.(request, response)) handle(request, response)
  })
  let port = 0
  const start = async () => {
    server.listen(port, 'localhost')
    await once(server, 'listening')
    const address = server.address()
    if (!address || typeof address === 'string') throw new Error('no port')
    port = address.port
  }
  await start()
  let publicUrl = ''
  const build = () => {
    handle = listener(provider, publicUrl)
  }
  const provider: TestProvider = {
    issuer: `https://localhost:${port}`,
    ca: cert,
    accounts: {},
    answer: 'refuses',
    fullIdToken: false,
    asked: [],
    instead: undefined,
    replaceIdToken: undefined,
    keys: await newKeys(1),
    serve: (url) => {
      publicUrl = url
      build()
    },
    rotate: async () => {
      provider.keys = await newKeys(2)
      build()
    },
    start,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
    tokens: async (subject) => {
      provider.answer = { subject }
      return tokensOf(provider, createBrowser(cert))
    },
  }
  return provider
}

async function newKeys(generation: number): Promise<TestProvider['keys']> {
  const pair = async (alg: string, name: string) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    return { ...(await exportJWK(privateKey)), kid: `${name}-${generation}`, use: 'sig' }
  }
  return { rsa: await pair('RS256', 'rsa'), ec: await pair('ES256', 'ec') }
}

function listener(test: TestProvider, publicUrl: string): RequestListener {
  const { issuer, keys, fullIdToken } = test
  const provider = new OpenIdProvider(issuer, {
    adapter: createMemory(),
    jwks: { keys: [keys.rsa, keys.ec] },
    cookies: { keys: ['a key for cookies'] },
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${publicUrl}/sign-in/provider/callback`],
      },
      { client_id: spa.id, token_endpoint_auth_method: 'none', redirect_uris: [spa.redirect] },
    ],
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: { email: ['email', 'email_verified'], profile: ['name', 'locale'], groups: ['groups'] },
    conformIdTokenClaims: !fullIdToken,
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...test.accounts[accountId] }) }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600 },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'crm', audience, accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
        useGrantedResource: () => true,
      },
    },
    // Nobody is asked for consent.
    loadExistingGrant: async ({ oidc: { client, session } }) => {
      const { clientId = '' } = client ?? {}
      const { accountId = '' } = session ?? {}
      const grant = new provider.Grant({ clientId, accountId })
      grant.addOIDCScope('openid email profile groups')
      grant.addResourceScope(audience, 'crm')
      await grant.save()
      return grant
    },
  })
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path === '/token' && test.replaceIdToken && isRecord(ctx.body)) {
      ctx.body = { ...ctx.body, id_token: test.replaceIdToken(String(ctx.body['id_token'])) }
    }
  })
  const answer = provider.callback()
  return (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response)
    const result =
      test.answer === 'refuses' ? { error: 'access_denied' } : { login: { accountId: test.answer.subject } }
    return provider.interactionFinished(request, response, result)
  }
}

/** What the provider keeps: gone with it. Its own store for tests would warn on the console of being one. */
function createMemory(): AdapterFactory {
  const kept = new Map<string, AdapterPayload>()
  const drop = (grantId: string) => {
    for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key)
  }
  return (model) => {
    const key = (id: string) => `${model} ${id}`
    return {
      upsert: async (id, payload) => void kept.set(key(id), payload),
      find: async (id) => kept.get(key(id)),
      findByUid: async (uid) => [...kept.values()].find((payload) => payload.uid === uid),
      findByUserCode: async () => undefined,
      consume: async (id) => void kept.set(key(id), { ...kept.get(key(id)), consumed: Date.now() / 1000 }),
      destroy: async (id) => void kept.delete(key(id)),
      revokeByGrantId: async (grantId) => drop(grantId),
    }
  }
}

const isRecord = (body: unknown): body is Record<string, unknown> => typeof body === 'object' && body !== null

/** By authorization code with PKCE, in a browser, as an SPA does it. */
async function tokensOf({ issuer, ca }: TestProvider, browser: Browser) {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: spa.id,
    redirect_uri: spa.redirect,
    response_type: 'code',
    scope: 'openid crm',
    resource: audience,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const { url } = await browser.open(`${issuer}/auth?${query}`, { until: spa.redirect })
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: spa.id,
    redirect_uri: spa.redirect,
    code: new URL(url).searchParams.get('code') ?? '',
    code_verifier: verifier,
    resource: audience,
  }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await http1(issuer, { path: '/token', ca, method: 'POST', headers, body })
  const { access_token, id_token } = JSON.parse(answer.body)
  return { accessToken: String(access_token), idToken: String(id_token) }
}
