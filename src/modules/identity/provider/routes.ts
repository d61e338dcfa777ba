import {
  AuthorizationResponseError,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  ResponseBodyError,
} from 'openid-client'
import { NIL } from 'uuid'
import type { ProviderConfig } from '../../../config.ts'
import type { Context } from '../../../graphql/context.ts'
import { seeOther } from '../../../http/answers.ts'
import type { Exchange } from '../../../http/exchange.ts'
import type { Route } from '../../../http/router.ts'
import { loggable } from '../../../log-error.ts'
import { logFailure } from '../sign-in/log-event.ts'
import { proceed } from '../sign-in/proceed.ts'
import { arrivalPage } from './arrival-page.ts'
import { destination } from './destination.ts'
import { rootCause } from './fetch.ts'
import { clearFlowCookie, type Flow, flowOf, newFlow, setFlowCookie } from './flow.ts'
import { type Person, personOf } from './person.ts'
import type { Provider } from './provider.ts'
import { operation, userOf } from './user.ts'

/** Where a browser is sent to sign in with the provider; `?next=` names a path of this host to go on to afterwards. */
const startPath = '/sign-in/provider'

/** Where the provider sends it back: what has to be registered there as redirect URI, behind our own address. */
const callbackPath = `${startPath}/callback`

/** Why somebody isn't signed in: the page for signing in has a text for each. */
type Failure = 'denied' | 'failed' | 'expired' | 'unknown-user'

/**
 * Signing in with the provider, by a browser: authorization code flow with PKCE (RFC 6749, RFC 7636; OpenID Connect Core
 * 1.0, section 3.1).
 *
 * @param contextOf What a caller's work needs, once it is known who calls.
 */
export function providerRoutes(
  provider: Provider,
  contextOf: (request: Request, exchange: Exchange) => Promise<Context>,
): Record<string, Route> {
  const route = (answer: typeof start): Route => ({
    methods: ['GET'],
    answer: async (request, exchange) => answer(provider, request, await contextOf(request, exchange)),
  })
  return { [startPath]: route(start), [callbackPath]: route(finish) }
}

async function start(provider: Provider, request: Request, context: Context): Promise<Response> {
  const flow = newFlow(destination(new URL(request.url).searchParams.get('next'), context.publicUrl))
  const described = await attempt(context, () => provider.current())
  if (typeof described === 'string') return refused(described, flow)
  const location = buildAuthorizationUrl(described.configuration, {
    redirect_uri: `${context.publicUrl}${callbackPath}`,
    scope: scope(described.configuration, provider.config),
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: await calculatePKCECodeChallenge(flow.verifier),
    code_challenge_method: 'S256',
  })
  return withCookie(seeOther(location.href), await setFlowCookie(keyOf(context), flow))
}

/** Who it is, and what they may do: some providers tell that only when asked by a scope of its own. */
function scope(configuration: Configuration, { roles, rolesClaim }: ProviderConfig) {
  const { scopes_supported: supported = [] } = configuration.serverMetadata()
  const wanted = roles.length > 0 && supported.includes(rolesClaim) ? [rolesClaim] : []
  return ['openid', 'email', 'profile', ...wanted].join(' ')
}

async function finish(provider: Provider, request: Request, context: Context): Promise<Response> {
  const { search, searchParams } = new URL(request.url)
  const flow = await flowOf(keyOf(context), request)
  // Another sign-in of this browser may be under way, and goes on.
  if (!flow || searchParams.get('state') !== flow.state) return refused('expired')
  const answer = new URL(`${callbackPath}${search}`, context.publicUrl)
  const person = await attempt(context, () => personOf(provider, answer, flow))
  const outcome =
    typeof person === 'string' ? refused(person, flow) : await signIn(provider, request, context, { flow, person })
  return withCookie(outcome, clearFlowCookie)
}

async function signIn(
  { config }: Provider,
  request: Request,
  context: Context,
  { flow, person }: { flow: Flow; person: Person },
): Promise<Response> {
  const user = await userOf(context, config, person)
  if (!user?.welcome) {
    const facts = {
      requestId: context.requestId,
      verifiedAddress: person.email !== undefined,
      known: user !== undefined,
    }
    context.log.info(facts, 'somebody at the provider is no user here, or may not become that user')
    await logFailure(context, operation, user?.id ?? NIL)
    return refused('unknown-user', flow)
  }
  await proceed(context, operation, user.id, ['provider'])
  return arrivalPage(request, flow.next)
}

/** What the provider has to do with, or why it doesn't work. */
async function attempt<T extends object>({ log, requestId }: Context, run: () => Promise<T>): Promise<T | Failure> {
  try {
    return await run()
  } catch (error) {
    log.warn(
      { requestId, error: loggable(rootCause(error)), reason: reasonOf(error) },
      'signing in with the provider failed',
    )
    return failureOf(error)
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof AuthorizationResponseError && error.error === 'access_denied') return 'denied'
  if (error instanceof ResponseBodyError && error.error === 'invalid_grant') return 'expired'
  return 'failed'
}

/** What the provider says itself: a word of its protocol. */
const reasonOf = (error: unknown) =>
  error instanceof AuthorizationResponseError || error instanceof ResponseBodyError
    ? error.error.slice(0, 60)
    : undefined

const refused = (failure: Failure, flow?: Flow) =>
  seeOther(`/sign-in?${new URLSearchParams({ error: `provider-${failure}`, ...(flow && { next: flow.next }) })}`)

const keyOf = ({ secrets }: Context) => secrets.signingKey('provider')

function withCookie(response: Response, value: string): Response {
  response.headers.append('set-cookie', value)
  return response
}
