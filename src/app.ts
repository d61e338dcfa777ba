import type { GraphQLSchema } from 'graphql'
import type { Config } from './config.ts'
import type { Database } from './database/client.ts'
import type { Context } from './graphql/context.ts'
import { createEndpoint } from './graphql/endpoint.ts'
import { buildSchema } from './graphql/schema.ts'
import { seeOther } from './http/answers.ts'
import { bearerToken, sessionCookie, setSessionCookie } from './http/credentials.ts'
import type { Connection, Exchange } from './http/exchange.ts'
import { createGraphiqlPage } from './http/graphiql.ts'
import { graphqlRoute } from './http/graphql-route.ts'
import { createHealth, live, ready } from './http/health.ts'
import { createMetrics, metricsRefusal } from './http/metrics.ts'
import { type NodeHandler, nodeHandler } from './http/node.ts'
import { createRouter, type Route } from './http/router.ts'
import { signInPage } from './http/sign-in-page.ts'
import type { Logger } from './log.ts'
import { auditedModels } from './modules/audited.ts'
import { createAuthenticator } from './modules/identity/authenticate.ts'
import { modules as productModules } from './modules/index.ts'
import type { Module } from './modules/module.ts'
import { deriveKey } from './secrets.ts'

/** What an app is made of. */
export type AppDependencies = {
  config: Config
  database: Database
  log: Logger
  /** The installation secret. */
  secret: Uint8Array
  /** Default: those of the product. */
  modules?: readonly Module[]
}

/** The whole product, wired, with nothing listening. */
export type App = {
  schema: GraphQLSchema
  /** For Node's servers, HTTP/1.1 and HTTP/2. */
  handler: NodeHandler
  /** Answers a request without a network in between; from this machine and by TLS, unless told otherwise. */
  fetch: (request: Request, connection?: Connection) => Promise<Response>
  /** Why no requests should come here now; empty when they may. */
  unreadiness: () => Promise<string[]>
  /** Says from now on that it isn't ready. What runs goes on. */
  close: () => void
}

/** Wires the product together. */
export function createApp({ config, database, log, secret, modules = productModules }: AppDependencies): App {
  const schema = buildSchema(modules)
  const audited = auditedModels(modules)
  const sessionKey = deriveKey(secret, 'session')
  const authenticate = createAuthenticator({ database, sessionKey })
  const health = createHealth(database)
  const metrics = createMetrics(health)

  const identify = async (request: Request, exchange: Exchange) => {
    exchange.caller = await authenticate({ cookie: sessionCookie(request), bearer: bearerToken(request) })
  }
  const contextOf = (exchange: Exchange): Context => {
    const { caller, requestId, connection, cookies } = exchange
    if (!caller) throw new Error('nobody found out who calls')
    return {
      ...caller,
      database,
      audited,
      requestId,
      signal: exchange.signal,
      log,
      country: config.country,
      address: connection.address,
      setSessionCookie: (token) => cookies.push(setSessionCookie(token)),
      sessionKey,
      loaders: {},
    }
  }

  const path = '/graphql'
  const endpoint = createEndpoint({ schema, path, config, log, identify, contextOf })
  const pages: Record<string, Route> = {
    '/': { methods: ['GET', 'HEAD'], answer: () => seeOther(path) },
    '/sign-in': { methods: ['GET', 'HEAD'], answer: signInPage },
  }
  const page = config.graphiql ? createGraphiqlPage(identify) : undefined
  const routes: Record<string, Route> = {
    [path]: graphqlRoute({ endpoint, corsOrigins: config.corsOrigins, page }),
    ...(page && pages),
    '/health/live': { methods: ['GET', 'HEAD'], answer: live, quiet: true },
    '/health/ready': { methods: ['GET', 'HEAD'], answer: () => ready(health), quiet: true },
    '/metrics': {
      methods: ['GET', 'HEAD'],
      answer: (request, exchange) => metricsRefusal(request, exchange, config.metricsToken) ?? metrics.page(),
      quiet: true,
    },
  }
  const router = createRouter(routes, { timeout: config.timeout, log, metrics })
  return {
    schema,
    handler: nodeHandler(router),
    fetch: (request, connection = { address: '127.0.0.1', secure: true }) => router(request, connection),
    unreadiness: health.unreadiness,
    close: health.stopping,
  }
}
