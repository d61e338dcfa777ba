import type { GraphQLSchema } from 'graphql'
import { untilAllIsDone } from './afterwards.ts'
import { backupStates } from './backup/state.ts'
import type { Config } from './config.ts'
import type { Database } from './database/client.ts'
import type { Notifications } from './database/listen.ts'
import type { Replicas } from './database/replicas.ts'
import type { Context } from './graphql/context.ts'
import { createEndpoint } from './graphql/endpoint.ts'
import { buildSchema } from './graphql/schema.ts'
import type { Certificate } from './http/certificate.ts'
import { forOrigins } from './http/cors.ts'
import { bearerToken, deviceCookie, sessionCookie, setDeviceCookie, setSessionCookie } from './http/credentials.ts'
import type { Connection, Exchange } from './http/exchange.ts'
import { createGraphiqlPage } from './http/graphiql.ts'
import { graphqlRoute } from './http/graphql-route.ts'
import { createHealth, live, ready } from './http/health.ts'
import { asIncoming } from './http/incoming.ts'
import { createMetrics, type Measured, metricsRefusal } from './http/metrics.ts'
import { type NodeHandler, nodeHandler } from './http/node.ts'
import { pageRoutes } from './http/pages/routes.ts'
import { createAddressFinder } from './http/proxies.ts'
import { asResponse, type Head } from './http/reply.ts'
import { createRouter, type Route } from './http/router.ts'
import type { Keys } from './keys/keys.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Logger } from './log.ts'
import { outgoingMails } from './mail/queue.ts'
import type { Sequencer } from './modules/audit/sequencer/sequencer.ts'
import { auditedModels } from './modules/audited.ts'
import { explanationOf } from './modules/consent/problems.ts'
import { createChangeFeed } from './modules/deliveries/feed/feed.ts'
import { forgetDefinitions } from './modules/fields/definitions.ts'
import { hooksOf } from './modules/hooks.ts'
import { recordGrantUse } from './modules/identity/access/grant-use.ts'
import { looksLikeKey } from './modules/identity/clients/keys.ts'
import { createKeyRefusalLog } from './modules/identity/clients/log-refusals.ts'
import { createClientOrigins } from './modules/identity/clients/origins.ts'
import { createClientScheme } from './modules/identity/clients/scheme.ts'
import { createProviderScheme } from './modules/identity/provider/bearer.ts'
import { createProvider } from './modules/identity/provider/provider.ts'
import { providerRoutes } from './modules/identity/provider/routes.ts'
import { createAuthenticator } from './modules/identity/sign-in/authenticate.ts'
import { modules as productModules } from './modules/index.ts'
import type { Module } from './modules/module.ts'
import type { Secrets } from './secrets.ts'
import { openStorage } from './storage/storage.ts'
import { widgetRoutes } from './widget/route.ts'

/** What an app is made of. */
export type AppDependencies = {
  config: Config
  database: Database
  log: Logger
  secrets: Secrets
  keys: Keys
  ledger: Ledger
  /** What puts entries into the tree of the audit log; without it, nobody waits for that. */
  sequencer?: Pick<Sequencer, 'integration' | 'state'>
  /** Copies of the database. Without: all is read from the database itself. */
  replicas?: Replicas
  /** From PostgreSQL, so that a change of somebody's access is noticed at once. Without: within a second. */
  notifications?: Notifications
  /** Default: those of the product. */
  modules?: readonly Module[]
  /** Which part of the product this process does. Default: all of it. */
  role?: Role
  /** What all processes measured that share its port. Default: it has its port for itself. */
  together?: () => Promise<readonly Measured[]>
}

/**
 * `api`: answers, and leaves to others what goes on in the background; `worker`: does that, and answers only how it is doing; `both`.
 */
export type Role = 'api' | 'worker' | 'both'

/** The whole product, wired, with nothing listening. */
export type App = {
  schema: GraphQLSchema
  /** For Node's servers, HTTP/1.1 and HTTP/2. */
  handler: NodeHandler
  /** Answers a request without a network in between; from this machine and by TLS, unless told otherwise. */
  fetch: (request: Request, connection?: Connection) => Promise<Response>
  /** Tells where it can be reached, unless LETHE_URL says that, and with which certificate. */
  listensAt: (server: { readonly url: string; readonly certificate: Certificate }) => void
  /** Why no requests should come here now; empty when they may. */
  unreadiness: () => Promise<string[]>
  /** What this process measured of itself. */
  measured: () => Promise<Measured>
  /** Says from now on that it isn't ready. What runs goes on. */
  close: () => void
  /** Waits for what goes on after its answer, and writes down what is still in memory; after the last request. */
  finish: () => Promise<void>
}

/** Wires the product together. */
export function createApp(dependencies: AppDependencies): App {
  const {
    config,
    database,
    log,
    secrets,
    keys,
    ledger,
    sequencer,
    modules = productModules,
    role = 'both',
  } = dependencies
  let server: { readonly certificate: Certificate } | undefined
  let publicUrl = config.publicUrl ?? `https://${config.host}:${config.port}`
  const schema = buildSchema(modules)
  const audited = auditedModels(modules)
  const hooks = hooksOf(modules)
  const notifications = dependencies.notifications && { notifications: dependencies.notifications }
  dependencies.notifications?.on('lethe_fields', () => forgetDefinitions(database))
  const replicas = dependencies.replicas && { replicas: dependencies.replicas }
  const publishable = {
    rights: modules.flatMap((module) => module.publishable ?? []),
    declared: modules.flatMap((module) => Object.keys(module.rights)),
  }
  const provider = config.provider && createProvider(config.provider, log)
  const authenticate = createAuthenticator({
    database,
    sessionKey: secrets.signingKey('session'),
    sessions: config.sessions,
    schemes: [
      createClientScheme(database, publishable, createKeyRefusalLog({ database, keys, log })),
      ...(provider ? [createProviderScheme(provider, database)] : []),
    ],
    ...notifications,
  })
  const origins = { trusted: config.corsOrigins, isClients: createClientOrigins({ database, ...notifications }) }
  const grantUse = recordGrantUse({ database, log, knownRights: authenticate.knownRights })
  const feed = createChangeFeed({ database, log, ...notifications })
  const storage = openStorage(config)
  const begun = new Date()
  const health = createHealth(database, keys, storage, () => backupStates(config, begun), log)
  const queues = [outgoingMails, ...modules.flatMap((module) => module.queues ?? [])]
  const metrics = createMetrics({
    ...{ health, database, keys, ledger, queues },
    ...replicas,
    ...(sequencer && { sequencer }),
    ...(dependencies.together && { together: dependencies.together }),
  })

  const findCaller = async (request: Head, exchange: Exchange) => {
    const origin = request.headers.get('origin') ?? undefined
    const credentials = { cookie: sessionCookie(request), bearer: bearerToken(request) }
    const { requestId, connection } = exchange
    exchange.hasKey = credentials.bearer !== undefined && looksLikeKey(credentials.bearer)
    const asking = { ...credentials, origin, requestId, address: connection.address }
    exchange.caller = await authenticate(asking)
    exchange.again = () => authenticate({ ...asking, idly: true })
    exchange.origin = origin
    exchange.userAgent = request.headers.get('user-agent') ?? ''
    exchange.lastEventId = request.headers.get('last-event-id') || undefined
    exchange.deviceCookie = deviceCookie(request)
  }
  const identify = once(findCaller)
  const contextOf = (exchange: Exchange): Context => {
    const { caller, requestId, connection, cookies } = exchange
    if (!caller) throw new Error('nobody found out who calls')
    return {
      ...caller,
      database,
      ...replicas,
      audited,
      ...hooks,
      requestId,
      signal: exchange.signal,
      log,
      country: config.country,
      workingDays: config.workingDays,
      organisation: config.organisation,
      consent: config.consent,
      secrets,
      keys,
      storage,
      ledger,
      maxDocument: config.maxDocument,
      requestsAtOnce: config.requestsAtOnce,
      ...(sequencer && { integration: sequencer.integration }),
      publicUrl,
      ...(server && { certificate: withoutKey(server.certificate) }),
      graphiql: config.graphiql,
      mail: config.mail !== undefined,
      mailFrom: config.mail?.from,
      bounces: config.mail?.bounces,
      backups: health.backups,
      address: connection.address,
      origin: exchange.origin,
      userAgent: exchange.userAgent.slice(0, 300),
      setSessionCookie: (token) => cookies.push(setSessionCookie(token)),
      deviceCookie: exchange.deviceCookie,
      setDeviceCookie: (value) => cookies.push(setDeviceCookie(value)),
      sessions: config.sessions,
      provider: config.provider && { name: config.provider.name },
      again: exchange.again,
      lastEventId: exchange.lastEventId,
      nameEvent: (id) => {
        exchange.eventId = id
      },
      feed,
      webhooks: config.webhooks,
      packages: config.packages,
      erasure: config.erasure,
      statistics: config.statistics,
      loaders: {},
    }
  }

  const callersContext = async (request: Request, exchange: Exchange) => {
    await identify(request, exchange)
    return contextOf(exchange)
  }

  const path = '/graphql'
  const explanation = (code: string) => explanationOf({ publicUrl }, code)
  const endpoint = createEndpoint({ schema, path, config, log, identify, contextOf, explanationOf: explanation })
  const page = config.graphiql ? createGraphiqlPage(identify) : undefined
  const aboutItself: Record<string, Route> = {
    '/health/live': { methods: ['GET', 'HEAD'], answer: live, quiet: true },
    '/health/ready': {
      methods: ['GET', 'HEAD'],
      answer: () => ready(health, { relies: role === 'api' }),
      quiet: true,
    },
    '/metrics': {
      methods: ['GET', 'HEAD'],
      answer: (request, exchange) => metricsRefusal(request, exchange, config.metricsToken) ?? metrics.page(),
      quiet: true,
    },
  }
  const forClients = (): Record<string, Route> => ({
    [path]: graphqlRoute({ endpoint, origins, page, maxBody: config.maxBody }),
    ...pageRoutes(identify, { graphiql: page && path }),
    ...Object.fromEntries(
      modules.flatMap(({ routes }) =>
        Object.entries(routes?.(callersContext, modules) ?? {}).map(
          ([at, route]) => [at, forOrigins(origins, route)] as const,
        ),
      ),
    ),
    ...(provider && providerRoutes(provider, callersContext)),
    ...widgetRoutes(),
  })
  const routes = { ...(role === 'worker' ? {} : forClients()), ...aboutItself }
  const router = createRouter(routes, { timeout: config.timeout, log, metrics })
  return {
    schema,
    handler: nodeHandler(router, createAddressFinder(config.trustedProxies)),
    fetch: async (request, connection = { address: '127.0.0.1', secure: true }) => {
      const answer = router.straight(asIncoming(request), connection) ?? router.answer(request, connection)
      return asResponse(await answer)
    },
    listensAt: (listening) => {
      publicUrl = config.publicUrl ?? listening.url
      server = listening
    },
    unreadiness: health.unreadiness,
    measured: metrics.measured,
    close: () => {
      health.stopping()
      feed.close()
      grantUse.stop()
    },
    finish: async () => {
      await untilAllIsDone()
      await grantUse.flush()
    },
  }
}

/** Does something for a request once, however many ask. */
function once(work: (request: Head, exchange: Exchange) => Promise<void>): typeof work {
  const begun = new WeakMap<Exchange, Promise<void>>()
  return (request, exchange) => {
    const done = begun.get(exchange) ?? work(request, exchange)
    begun.set(exchange, done)
    return done
  }
}

const withoutKey = ({ cert, selfSigned }: Certificate) => ({ cert, selfSigned })
