import { type DocumentNode, type ExecutionResult, type GraphQLSchema, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { Exchange } from '../http/exchange.ts'
import { type Head, Reply } from '../http/reply.ts'
import type { Context } from './context.ts'
import { addCost, type Costs, wantsCost } from './cost.ts'
import { noteDenials } from './denials/plugin.ts'
import { mostCharacters } from './documents.ts'
import { execute } from './execute/execute.ts'
import { seesSchema } from './limits.ts'
import { noteOperation } from './note-operation.ts'

// Most requests ask once more what was asked before, and all goes well. For these the way through the library, which makes ready for
// everything that a request may be, costs more than the answer. So it is taken once for each operation, and what it finds is remembered:
// that the text is an operation, valid for such a caller, and as what answers go to clients that accept this and that. Whatever is
// unknown, unusual or refused takes the library's way: nothing of that is decided here, and nothing is executed twice.

/** The straight way to an answer. */
export type Straight = {
  /** Whether a request may take it, by its head. */
  takes: (head: Head) => boolean
  /** The answer to a body; undefined: the library knows. Who calls is known by then. */
  answer: (text: string, head: Head, exchange: Exchange) => Promise<Reply | undefined>
  /** Learns from the library, and gives it what was executed here already. */
  plugin: Plugin<{ exchange: Exchange }, { exchange: Exchange }>
}

type Known = { document: DocumentNode; validFor: Set<boolean> }

type Parameters = { query: string; variables: Record<string, unknown> | undefined; operationName: string | undefined }

// What is longer is rare, and many of the longest could fill the memory: see documents.ts.
const longest = { operation: 10_000, accept: 200 }

/** Makes the straight way. `contextOf`: what resolvers get. */
export function createStraight(options: {
  schema: GraphQLSchema
  costs: Costs
  contextOf: (exchange: Exchange) => Context
}): Straight {
  const { schema, costs, contextOf } = options
  const operations = new LRUCache<string, Known>({
    maxSize: mostCharacters,
    sizeCalculation: (_known, text) => text.length || 1,
  })
  const mediaTypes = new LRUCache<string, string>({ max: 100 })
  const executed = new WeakMap<Exchange, ExecutionResult>()

  /** The document, if it is valid for this caller, and what is chosen of it is no subscription. */
  function find({ query, operationName }: Parameters, exchange: Exchange): DocumentNode | undefined {
    const known = operations.get(query)
    if (!known?.validFor.has(seesSchema(exchange))) return undefined
    const operation = getOperationAST(known.document, operationName)?.operation
    return operation === 'query' || operation === 'mutation' ? known.document : undefined
  }

  async function run({ variables, operationName }: Parameters, document: DocumentNode, exchange: Exchange) {
    const args = { schema, document, contextValue: contextOf(exchange), variableValues: variables, operationName }
    noteOperation(exchange, args)
    const result = await execute({ ...args, signal: exchange.signal })
    const noted = noteDenials(args, result)
    if (noted) await noted
    return result
  }

  return {
    takes: ({ headers }) => mediaTypes.has(acceptOf(headers)),
    answer: async (text, head, exchange) => {
      const parameters = parametersIn(text)
      const document = parameters && find(parameters, exchange)
      const mediaType = mediaTypes.get(acceptOf(head.headers))
      if (!document || mediaType === undefined) return undefined
      const cost = costs.known({ document, variableValues: parameters.variables })
      if (cost === undefined) return undefined
      exchange.cost = cost
      const result = await run(parameters, document, exchange)
      if (result.errors || wantsCost(head)) {
        executed.set(exchange, result)
        return undefined
      }
      exchange.outcome = 'OK'
      const reply = new Reply(200, JSON.stringify(result))
      reply.headers.set('content-type', mediaType)
      addCost(reply, exchange)
      return reply
    },
    plugin: {
      onParams({ context, setResult }) {
        const result = executed.get(context.exchange)
        if (result) setResult(result)
      },
      onExecute({ args: { document, contextValue } }) {
        const { params, exchange } = contextValue
        if (!params.query || params.query.length > longest.operation) return
        const last = operations.get(params.query)
        const known: Known = last && last.document === document ? last : { document, validFor: new Set() }
        known.validFor.add(seesSchema(exchange))
        operations.set(params.query, known)
      },
      onResponse({ request, response, serverContext: { exchange } }) {
        const accept = acceptOf(request.headers)
        const mediaType = response.headers.get('content-type')
        if (accept.length > longest.accept || !mediaType || !/^application\/(graphql-response\+)?json;/.test(mediaType))
          return
        if (exchange.outcome === 'OK' && exchange.operation !== undefined) mediaTypes.set(accept, mediaType)
      },
    },
  }
}

const acceptOf = (headers: Head['headers']) => headers.get('accept') ?? ''

const names = ['query', 'variables', 'operationName', 'extensions']

/** What a body asks, if it is as usual. */
function parametersIn(text: string): Parameters | undefined {
  const found = parsed(text)
  if (!isObject(found) || !Object.keys(found).every((name) => names.includes(name))) return undefined
  const { query, variables, operationName, extensions } = found
  if (typeof query !== 'string' || !isObjectIfAny(variables) || !isObjectIfAny(extensions)) return undefined
  const name = operationName ?? undefined
  return name === undefined || typeof name === 'string'
    ? { query, variables: variables ?? undefined, operationName: name }
    : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // The library says so.
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isObjectIfAny = (value: unknown): value is Record<string, unknown> | null | undefined =>
  value === undefined || value === null || isObject(value)
