import { isAnnounced } from '../graphql/body-limit.ts'
import type { Endpoint } from '../graphql/endpoint.ts'
import { traceOperations } from '../telemetry/operations.ts'
import { refusal } from './answers.ts'
import { addCorsHeaders, type Origins, type PageAccess, pageAccess, preflight } from './cors.ts'
import type { Exchange } from './exchange.ts'
import type { Incoming } from './incoming.ts'
import type { Head } from './reply.ts'
import type { Route } from './router.ts'

/** The route of the GraphQL API; browsers get GraphiQL there. */
export function graphqlRoute(options: {
  endpoint: Endpoint
  origins: Origins
  /** Bytes that a body may have. */
  maxBody: number
  /** Answers a browser that opens the path. */
  page: ((request: Request, exchange: Exchange) => Promise<Response>) | undefined
}): Route {
  const { endpoint, origins, maxBody, page } = options
  const answer = traceOperations(endpoint.answer)
  const respond = async (request: Request, exchange: Exchange, access: PageAccess) => {
    if (request.method === 'OPTIONS') return preflight(access)
    if (page && request.method === 'GET' && wantsPage(request)) return page(request, exchange)
    return unreadable(request, exchange) ?? answer(request, exchange)
  }
  const straight = traceOperations(async (incoming: Incoming, exchange) => {
    const reply = (await isKnown(endpoint, incoming, exchange))
      ? await endpoint.straight.answer(await incoming.text(), incoming, exchange)
      : undefined
    return reply ?? endpoint.answer(incoming.toRequest(endpoint.Request), exchange)
  })
  return {
    methods: ['GET', 'POST', 'OPTIONS'],
    answer: async (request, exchange) => {
      const access = await pageAccess(request, origins)
      const response = await respond(request, exchange, access)
      addCorsHeaders(request, response, access)
      return response
    },
    straight: {
      takes: (head) =>
        head.method === 'POST' && isJsonBody(head) && isAnnounced(head, maxBody) && endpoint.straight.takes(head),
      answer: async (incoming, exchange) => {
        const access = await pageAccess(incoming, origins)
        const response = await straight(incoming, exchange)
        addCorsHeaders(incoming, response, access)
        return response
      },
    },
  }
}

/** Whether it is known who calls. If not, the endpoint says why. */
const isKnown = ({ identify }: Endpoint, incoming: Incoming, exchange: Exchange) =>
  identify(incoming, exchange).then(
    () => true,
    () => false,
  )

/** Whether a browser asks for a page to show. */
export const wantsPage = (request: Request): boolean => request.headers.get('accept')?.includes('text/html') ?? false

/** Refuses what isn't GraphQL over HTTP in JSON. A page of another site can't send JSON unless CORS allows it. */
function unreadable(request: Request, exchange: Exchange): Response | undefined {
  if (request.method === 'POST') {
    if (isJsonBody(request)) return undefined
    const text = 'Send the operation as JSON in UTF-8, with "content-type: application/json".'
    return refusal(exchange, 415, 'BAD_REQUEST', text, { 'accept-post': 'application/json' })
  }
  const { searchParams } = new URL(request.url)
  const broken = ['variables', 'extensions'].find((name) => !isJson(searchParams.get(name)))
  return broken ? refusal(exchange, 400, 'BAD_REQUEST', `The parameter "${broken}" is not JSON.`) : undefined
}

/** Whether a body is said to be JSON in UTF-8. */
function isJsonBody({ headers }: Head): boolean {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  return type === 'application/json' && (!charset || /^charset="?utf-8"?$/.test(charset))
}

function isJson(text: string | null) {
  if (!text) return true
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // That is the question here.
  }
}
