import type { ExecutionResult, GraphQLSchema } from 'graphql'
import { createYoga, isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Config } from '../config.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Head } from '../http/reply.ts'
import { useBodyLimit } from './body-limit.ts'
import type { Context } from './context.ts'
import { useDenials } from './denials/plugin.ts'
import { Documents } from './documents.ts'
import { eachResult } from './each-result.ts'
import { execute } from './execute/execute.ts'
import { limitedCosts, useLimits } from './limits.ts'
import { useMask } from './mask.ts'
import { noteOperation } from './note-operation.ts'
import { createStraight, type Straight } from './straight.ts'

/** Answers GraphQL over HTTP. */
export type Endpoint = {
  answer: (request: Request, exchange: Exchange) => Promise<Response>
  /** What answers more quickly what came before: see `createStraight`. */
  straight: Straight
  /** Finds out who calls, once for a request. */
  identify: Identify
  /** The library's own class, which reads bodies in its own way. */
  Request: typeof Request
}

type Identify = (request: Head, exchange: Exchange) => Promise<void>

type ServerContext = { exchange: Exchange }

/** Makes the GraphQL endpoint out of a schema. */
export function createEndpoint(options: {
  schema: GraphQLSchema
  path: string
  config: Pick<Config, 'maxBody'>
  log: Context['log']
  /** Finds out who calls, before anything of the request is read. */
  identify: Identify
  /** Where programs of partners find out what the code of an error means. */
  explanationOf: (code: string) => string | undefined
  /** What resolvers get. */
  contextOf: (exchange: Exchange) => Context
}): Endpoint {
  const costs = limitedCosts()
  const straight = createStraight({ ...options, costs })
  const yoga = createYoga<ServerContext, Context>({
    schema: options.schema,
    graphqlEndpoint: options.path,
    context: ({ exchange }) => options.contextOf(exchange),
    maxRequestBodySize: false,
    plugins: [
      useCaller(options.identify),
      useBodyLimit(options.config.maxBody),
      ...useLimits(costs),
      useSignal(),
      straight.plugin,
      useDenials(),
      useEventNames(),
      useMask({ log: options.log, maxBody: options.config.maxBody, explanationOf: options.explanationOf }),
    ],
    parserAndValidationCache: {
      documentCache: new Documents(),
      errorCache: { get: () => undefined, set: () => undefined },
    },
    // All of these have their own place.
    maskedErrors: false,
    logging: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    healthCheckEndpoint: ' ', // Any URL that ends like this would count as the health check; none has a space.
  })
  return {
    straight,
    identify: options.identify,
    Request: yoga.fetchAPI.Request,
    answer: async (request, exchange) => yoga.fetch(request, { exchange }),
  }
}

function useCaller(identify: Identify): Plugin<object, ServerContext> {
  return { onRequestParse: ({ request, serverContext }) => identify(request, serverContext.exchange) }
}

/** Ends the execution when the client has gone away or the time is up. */
function useSignal(): Plugin<ServerContext> {
  return {
    // What is subscribed to ends by itself when its client goes: see the router.
    onSubscribe({ args }) {
      noteOperation(args.contextValue.exchange, args)
    },
    onExecute({ args, setExecuteFn }) {
      setExecuteFn(execute)
      const { exchange } = args.contextValue
      noteOperation(exchange, args)
      Object.assign(args, { signal: exchange.signal }) // The executor's own argument; GraphQL's types don't have it.
    },
  }
}

/** Sends the names of events along (`id:` of server-sent events), which clients that connect anew by themselves repeat. */
function useEventNames(): Plugin<object, ServerContext> {
  return {
    onResultProcess({ result, setResult, serverContext: { exchange } }) {
      if (isAsyncIterable(result)) setResult(eachResult(result, (one) => named(one, exchange)))
    },
  }
}

/** What an event has besides its data comes in lines of its own, in any order. */
function named(result: ExecutionResult, exchange: Exchange): ExecutionResult {
  const { eventId: id } = exchange
  exchange.eventId = undefined
  if (id === undefined) return result
  return Object.assign({ ...result }, { stringify: (one: ExecutionResult) => `${JSON.stringify(one)}\nid: ${id}` })
}
