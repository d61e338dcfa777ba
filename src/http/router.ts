import { randomUUID } from 'node:crypto'
import { isUnavailable } from '../database/sql-errors.ts'
import type { Context } from '../graphql/context.ts'
import { LetheError } from '../graphql/errors.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { inSpan, type Span } from '../telemetry/spans.ts'
import { clientLeft, refusal } from './answers.ts'
import type { Connection, Exchange } from './exchange.ts'
import { addSecurityHeaders } from './headers.ts'
import type { Incoming } from './incoming.ts'
import type { Metrics } from './metrics.ts'
import { type Head, Reply } from './reply.ts'
import { endedBy, isStream } from './streams.ts'

/** What answers at one path. */
export type Route = {
  methods: readonly string[]
  answer: (request: Request, exchange: Exchange) => Response | Promise<Response>
  /** A shorter way for requests that are as most are; whatever it can't answer by itself, it answers like `answer`. */
  straight?: {
    /** Whether a request may take it, by its head. */
    takes: (head: Head) => boolean
    answer: (incoming: Incoming, exchange: Exchange) => Promise<Reply | Response>
  }
  /** Pages of origins that may call (`LETHE_CORS_ORIGINS`, clients) may do so here, too. */
  cors?: boolean
  /** Takes or gives more than fits into the time of a request: it is cut off when nothing moved for so long (`exchange.moved`). */
  streams?: boolean
  /** Asked all the time by machines: logged only at level `debug`. */
  quiet?: boolean
}

/** Who calls, and what their request works with. */
export type ContextOf = (request: Request, exchange: Exchange) => Promise<Context>

/** Answers requests; never throws. */
export type Router = {
  answer: (request: Request, connection: Connection) => Promise<Response>
  /** The same on the straight way; undefined for a request that can't take it. */
  straight: (incoming: Incoming, connection: Connection) => Promise<Reply | Response> | undefined
}

/** A request on its way: where it goes, and how it came. */
type Way = { route: Route | undefined; path: string; connection: Connection; signal: AbortSignal | undefined }

/** Sends each request to its route, within the time that it has, and logs and measures what came of it. */
export function createRouter(
  routes: Readonly<Record<string, Route>>,
  { timeout, log, metrics }: { timeout: number; log: Logger; metrics: Metrics },
): Router {
  const handle = async <Answered extends Reply | Response>(
    head: Head,
    way: Way,
    span: Span,
    run: (exchange: Exchange) => Promise<Answered>,
  ): Promise<Answered | Response> => {
    const { route, path, connection } = way
    const start = performance.now()
    const controller = new AbortController()
    const exchange = newExchange(connection, controller.signal)
    const limits = { timeout, streams: route?.streams ?? false }
    const response = await withinTime(way, exchange, controller, limits, () => run(exchange)).catch((error: unknown) =>
      broken(error, exchange, log),
    )
    addSecurityHeaders(response)
    response.headers.set('x-request-id', exchange.requestId)
    for (const cookie of exchange.cookies) response.headers.append('set-cookie', cookie)

    const { status } = response
    const ms = performance.now() - start
    const label = route ? path : 'unknown'
    metrics.observe(exchange, { route: label, status, seconds: ms / 1000 })
    span.tell({ 'http.response.status_code': status, 'lethe.request_id': exchange.requestId })
    if (status >= 500) span.fail(String(status))
    log[route?.quiet ? 'debug' : 'info']({
      requestId: exchange.requestId,
      method: head.method,
      route: label,
      operation: exchange.operation,
      outcome: exchange.outcome,
      status,
      ms: Math.round(ms * 10) / 10,
      actor: exchange.caller?.actor.id ?? null,
      ...(log.isLevelEnabled('debug') && { address: connection.address }),
    })
    return response
  }
  const routeAt = (path: string) => (Object.hasOwn(routes, path) ? routes[path] : undefined)
  return {
    answer: (request, connection) => {
      const path = pathOf(request)
      const route = routeAt(path)
      const way = { route, path, connection, signal: request.signal }
      return inSpan(spanOf(request, route && path), async (span) => {
        const response = await handle(request, way, span, (exchange) => answer(request, exchange, route, path))
        return request.method === 'HEAD' ? new Response(null, response) : response
      })
    },
    straight: (incoming, connection) => {
      const path = pathOf(incoming)
      const route = routeAt(path)
      const straight = route?.straight
      if (!straight || !connection.secure || !straight.takes(incoming)) return undefined
      const way = { route, path, connection, signal: incoming.signal }
      return inSpan(spanOf(incoming, path), (span) =>
        handle(incoming, way, span, (exchange) => straight.answer(incoming, exchange)),
      )
    },
  }
}

const newExchange = (connection: Connection, signal: AbortSignal): Exchange => ({
  requestId: randomUUID(),
  connection,
  signal,
  caller: undefined,
  hasKey: false,
  again: undefined,
  operation: undefined,
  operationName: undefined,
  outcome: undefined,
  cost: undefined,
  userAgent: '',
  lastEventId: undefined,
  eventId: undefined,
  deviceCookie: undefined,
  cookies: [],
  moved: () => undefined,
})

const pathOf = ({ url }: Head) => URL.parse(url)?.pathname ?? ''

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']

/** Of addresses nothing is told but which route they are: links may have secrets in them. */
function spanOf({ method: given, headers }: Head, route = 'unknown') {
  const method = methods.includes(given) ? given : '_OTHER'
  const attributes = { 'http.request.method': method, 'http.route': route }
  return { name: `${method} ${route}`, kind: 'server' as const, attributes, parent: headers.get('traceparent') }
}

async function answer(request: Request, exchange: Exchange, route: Route | undefined, path: string) {
  if (!exchange.connection.secure) return refusal(exchange, 403, 'FORBIDDEN', 'Use HTTPS: nothing is answered without.')
  if (!route) {
    // The path is not repeated: links may have secrets in them.
    return refusal(exchange, 404, 'NOT_FOUND', 'There is nothing at this path. The API is at /graphql.')
  }
  if (!route.methods.includes(request.method)) {
    const allow = route.methods.join(', ')
    return refusal(exchange, 405, 'BAD_REQUEST', `Use ${allow} for ${path}.`, { allow })
  }
  return route.answer(request, exchange)
}

/** Answers when the time is up, whatever still runs; what listens to the exchange's signal stops then. */
async function withinTime<Answered extends Reply | Response>(
  { signal, connection }: Way,
  exchange: Exchange,
  controller: AbortController,
  { timeout, streams: isPaced }: { timeout: number; streams: boolean },
  run: () => Promise<Answered>,
): Promise<Answered | Response> {
  const gone = () => controller.abort(clientLeft())
  const late = () => controller.abort(new LetheError('UNAVAILABLE', `The request was cut off after ${timeout} ms.`))
  const timer = setTimeout(late, timeout)
  if (isPaced) exchange.moved = () => void timer.refresh()
  let streams = false
  const departures = [signal, connection.left]
  for (const departure of departures) departure?.addEventListener('abort', gone)
  const cutOff = new Promise<never>((_done, fail) => {
    exchange.signal.addEventListener('abort', () => fail(exchange.signal.reason), { once: true })
  })
  try {
    const response = await Promise.race([run(), cutOff])
    if (response instanceof Reply) return response
    streams = isPaced || isStream(response)
    return streams ? endedBy(exchange.signal, response) : response
  } finally {
    clearTimeout(timer)
    // A stream goes on until somebody leaves.
    if (!streams) for (const departure of departures) departure?.removeEventListener('abort', gone)
  }
}

function broken(error: unknown, exchange: Exchange, log: Logger): Response {
  if (error instanceof LetheError) {
    exchange.outcome = error.code
    return refusal(exchange, error.code === 'UNAUTHENTICATED' ? 401 : 503, error.code, error.message)
  }
  const { requestId } = exchange
  if (isUnavailable(error)) {
    log.warn({ requestId, error: loggable(error) }, 'database not available')
    return refusal(exchange, 503, 'UNAVAILABLE', 'The server is busy or its database is away; try again.')
  }
  log.error({ requestId, error: loggable(error) }, 'internal error')
  const text = `Something broke on our side. When you report it, tell this number: ${requestId}`
  return refusal(exchange, 500, 'INTERNAL', text)
}
