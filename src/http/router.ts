import { randomUUID } from 'node:crypto'
import { isUnavailable } from '../database/sql-errors.ts'
import type { Context } from '../graphql/context.ts'
import { LetheError } from '../graphql/errors.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { refusal } from './answers.ts'
import type { Connection, Exchange } from './exchange.ts'
import { addSecurityHeaders } from './headers.ts'
import type { Metrics } from './metrics.ts'
import { endedBy, isStream } from './streams.ts'

/** What answers at one path. */
export type Route = {
  methods: readonly string[]
  answer: (request: Request, exchange: Exchange) => Response | Promise<Response>
  /** Pages of origins that may call (`LETHE_CORS_ORIGINS`, clients) may do so here, too. */
  cors?: boolean
  /** Takes or gives more than fits into the time of a request: it is cut off when nothing moved for so long (`exchange.moved`). */
  streams?: boolean
  /** Asked all the time by machines: logged only at level `debug`. */
  quiet?: boolean
}

/** Who calls, and what their request works with. */
export type ContextOf = (request: Request, exchange: Exchange) => Promise<Context>

/** Answers a request; never throws. */
export type Router = (request: Request, connection: Connection) => Promise<Response>

/** Sends each request to its route, within the time that it has, and logs and measures what came of it. */
export function createRouter(
  routes: Readonly<Record<string, Route>>,
  { timeout, log, metrics }: { timeout: number; log: Logger; metrics: Metrics },
): Router {
  return async (request, connection) => {
    const start = performance.now()
    const controller = new AbortController()
    const exchange: Exchange = {
      requestId: randomUUID(),
      connection,
      signal: controller.signal,
      caller: undefined,
      hasKey: false,
      again: undefined,
      operation: undefined,
      outcome: undefined,
      userAgent: '',
      lastEventId: undefined,
      eventId: undefined,
      deviceCookie: undefined,
      cookies: [],
      moved: () => undefined,
    }
    const path = URL.parse(request.url)?.pathname ?? ''
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    const limits = { timeout, streams: route?.streams ?? false }
    const response = await withinTime(request, exchange, controller, limits, () =>
      answer(request, exchange, route, path),
    ).catch((error: unknown) => broken(error, exchange, log))
    addSecurityHeaders(response)
    response.headers.set('x-request-id', exchange.requestId)
    for (const cookie of exchange.cookies) response.headers.append('set-cookie', cookie)

    const { status } = response
    const ms = performance.now() - start
    const label = route ? path : 'unknown'
    metrics.observe(exchange, { route: label, status, seconds: ms / 1000 })
    log[route?.quiet ? 'debug' : 'info']({
      requestId: exchange.requestId,
      method: request.method,
      route: label,
      operation: exchange.operation,
      outcome: exchange.outcome,
      status,
      ms: Math.round(ms * 10) / 10,
      actor: exchange.caller?.actor.id ?? null,
      ...(log.isLevelEnabled('debug') && { address: connection.address }),
    })
    return request.method === 'HEAD' ? new Response(null, response) : response
  }
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
async function withinTime(
  request: Request,
  exchange: Exchange,
  controller: AbortController,
  { timeout, streams: isPaced }: { timeout: number; streams: boolean },
  run: () => Promise<Response>,
): Promise<Response> {
  const gone = () => controller.abort(new LetheError('UNAVAILABLE', 'The client went away.'))
  const late = () => controller.abort(new LetheError('UNAVAILABLE', `The request was cut off after ${timeout} ms.`))
  const timer = setTimeout(late, timeout)
  if (isPaced) exchange.moved = () => void timer.refresh()
  let streams = false
  const departures = [request.signal, exchange.connection.left]
  for (const departure of departures) departure?.addEventListener('abort', gone)
  const cutOff = new Promise<never>((_done, fail) => {
    exchange.signal.addEventListener('abort', () => fail(exchange.signal.reason), { once: true })
  })
  try {
    const response = await Promise.race([run(), cutOff])
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
