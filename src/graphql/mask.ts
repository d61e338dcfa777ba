import { PothosValidationError } from '@pothos/core'
import { type ExecutionResult, GraphQLError, type GraphQLErrorExtensions } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { isSerializationFailure, isUnavailable, sqlState } from '../database/sql-errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { eachResult } from './each-result.ts'
import { chainOf, LetheError, letheErrorIn } from './errors.ts'

// What GraphQL and its transport say themselves about a request that they can't read.
const transportCodes = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
]

// The HTTP status when there is nothing but the error. `spec`: only for clients that accept the newer media type;
// the older one has 200 for whatever GraphQL itself refuses.
const statuses: Readonly<Record<string, { status: number; spec?: boolean; headers?: Record<string, string> }>> = {
  UNAUTHENTICATED: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
  LIMIT_EXCEEDED: { status: 400, spec: true },
  BAD_USER_INPUT: { status: 400, spec: true },
  UNAVAILABLE: { status: 503 },
  INTERNAL: { status: 500 },
}

/** `explanationOf`: where programs of partners find out what a code means. */
type MaskOptions = { log: Logger; maxBody: number; explanationOf: (code: string) => string | undefined }

/** Lets only errors through that a caller may see, each with a code and the request's id; what is hidden is logged. */
export function useMask(options: MaskOptions): Plugin<object, { exchange: Exchange }> {
  return {
    onResultProcess({ result, setResult, serverContext: { exchange } }) {
      if (Array.isArray(result)) throw new Error('operations are not batched')
      exchange.outcome = 'OK'
      if (isAsyncIterable(result)) setResult(eachResult(result, (one) => maskAll(one, exchange, options)))
      else setResult(maskAll(result, exchange, options))
    },
  }
}

function maskAll(result: ExecutionResult, exchange: Exchange, options: MaskOptions) {
  const { errors } = result
  if (!errors) return result
  // The library drops the error when the request was cut off.
  const found = errors.length > 0 ? errors : [new LetheError('UNAVAILABLE', 'The request was cut off.')]
  const masked = found.map((error) => mask(error, result, exchange, options))
  exchange.outcome = String(masked[0]?.extensions['code'])
  return { ...result, errors: masked }
}

function mask(
  error: GraphQLError,
  result: ExecutionResult,
  exchange: Exchange,
  { log, maxBody, explanationOf }: MaskOptions,
): GraphQLError {
  const { requestId } = exchange
  const visible = visibleError(error, maxBody)
  const unavailable = !visible && isBusy(error)
  if (!visible) {
    const facts = { requestId, path: error.path?.join('.'), error: loggable(deepest(error)) }
    if (unavailable) log.warn(facts, 'database not available')
    else log.error(facts, 'internal error')
  }
  const { message, extensions } = visible ?? hidden(unavailable, requestId)
  const status = 'data' in result ? undefined : statusOf(extensions)
  const documentation = exchange.hasKey ? explanationOf(String(extensions['code'])) : undefined
  return new GraphQLError(exchange.caller?.actor.kind === 'user' ? message : withoutSuggestions(message), {
    ...place(error),
    extensions: { ...(documentation && { documentation }), ...extensions, requestId, ...(status && { http: status }) },
  })
}

function statusOf({ http, code }: GraphQLErrorExtensions) {
  return http && !http.spec ? http : (statuses[String(code)] ?? http)
}

type Visible = { message: string; extensions: GraphQLErrorExtensions }

/** The error as its caller may see it, or nothing when it is none of their business. */
function visibleError(error: GraphQLError, maxBody: number): Visible | undefined {
  const ours = letheErrorIn(error)
  if (ours) return { message: ours.message, extensions: { ...ours.extensions } }
  const { message, extensions, path } = error
  const code = String(extensions['code'])
  const { http } = extensions
  if (code === 'REQUEST_ENTITY_TOO_LARGE') {
    const limit = `The request has more than the ${maxBody} bytes that one may have: send it in parts.`
    return { message: limit, extensions: { code: 'LIMIT_EXCEEDED', ...(http && { http }) } }
  }
  // A request that isn't even GraphQL is refused as such, whatever the client accepts.
  if (code === 'BAD_REQUEST') return { message, extensions: { code, http: { status: 400, ...http, spec: false } } }
  if (transportCodes.includes(code)) return { message, extensions: { code, ...(http && { http }) } }
  const fromInput = path ? /^Argument "/.test(message) : /^Variable "\$/.test(message)
  if (fromInput || chainOf(error).some((link) => link instanceof PothosValidationError)) {
    return { message, extensions: { code: 'BAD_USER_INPUT' } }
  }
  return undefined
}

function hidden(unavailable: boolean, requestId: string): Visible {
  if (unavailable) {
    return { message: 'The server is busy or its database is away; try again.', extensions: { code: 'UNAVAILABLE' } }
  }
  const message = `Something broke on our side. When you report it, tell this number: ${requestId}`
  return { message, extensions: { code: 'INTERNAL' } }
}

/** Trying again may help: the database is away, others were faster all the time, or PostgreSQL cut the statement off. */
function isBusy(error: GraphQLError) {
  const cause = deepest(error)
  return isUnavailable(cause) || isSerializationFailure(cause) || sqlState(cause) === '57014'
}

const deepest = (error: GraphQLError): Error => chainOf(error).at(-1) ?? error

const place = ({ nodes, source, positions, path }: GraphQLError) => ({
  nodes: nodes ?? null,
  source: source ?? null,
  positions: positions ?? null,
  path: path ?? null,
})

// The names of what there is are for those who are signed in.
// graphql-js puts them last; what stands before may hold the caller's own text, of any length.
function withoutSuggestions(message: string) {
  const at = message.lastIndexOf('Did you mean ')
  return at < 0 ? message : message.slice(0, at).trimEnd()
}
