import { type DocumentNode, type ExecutionResult, type GraphQLSchema, getOperationAST } from 'graphql'
import { createYoga, isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Config } from '../config.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Context } from './context.ts'
import { useDenials } from './denials/plugin.ts'
import { eachResult } from './each-result.ts'
import { useLimits } from './limits.ts'
import { useMask } from './mask.ts'

/** Answers GraphQL over HTTP. */
export type Endpoint = (request: Request, exchange: Exchange) => Promise<Response>

type ServerContext = { exchange: Exchange }

// How many parsed operations are remembered. Longer ones are rare, and a thousand of the longest could fill the memory.
const remembered = { operations: 1000, length: 10_000 }

/** Makes the GraphQL endpoint out of a schema. */
export function createEndpoint(options: {
  schema: GraphQLSchema
  path: string
  config: Pick<Config, 'maxBody'>
  log: Context['log']
  /** Finds out who calls, before anything of the request is read. */
  identify: (request: Request, exchange: Exchange) => Promise<void>
  /** Where programs of partners find out what the code of an error means. */
  explanationOf: (code: string) => string | undefined
  /** What resolvers get. */
  contextOf: (exchange: Exchange) => Context
}): Endpoint {
  const yoga = createYoga<ServerContext, Context>({
    schema: options.schema,
    graphqlEndpoint: options.path,
    context: ({ exchange }) => options.contextOf(exchange),
    maxRequestBodySize: options.config.maxBody,
    plugins: [
      useCaller(options.identify),
      ...useLimits(),
      useSignal(),
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
  return async (request, exchange) => yoga.fetch(request, { exchange })
}

function useCaller(identify: (request: Request, exchange: Exchange) => Promise<void>): Plugin<object, ServerContext> {
  return { onRequestParse: ({ request, serverContext }) => identify(request, serverContext.exchange) }
}

/** Ends the execution when the client has gone away or the time is up. */
function useSignal(): Plugin<ServerContext> {
  return {
    // What is subscribed to ends by itself when its client goes: see the router.
    onSubscribe({ args }) {
      args.contextValue.exchange.operation = 'subscription'
    },
    onExecute({ args }) {
      const { exchange } = args.contextValue
      exchange.operation = getOperationAST(args.document, args.operationName)?.operation
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

class Documents {
  readonly #byText = new Map<string, DocumentNode>()

  get(text: string) {
    return this.#byText.get(text)
  }

  set(text: string, document: DocumentNode) {
    if (text.length > remembered.length) return
    const [oldest] = this.#byText.keys()
    if (this.#byText.size >= remembered.operations && oldest !== undefined) this.#byText.delete(oldest)
    this.#byText.set(text, document)
  }
}
