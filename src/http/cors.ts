import type { Answer, Head } from './reply.ts'
import type { Route } from './router.ts'

// What a browser may send beyond the plain minimum, and for how many seconds it may remember that.
const methods = 'GET, POST'
const requestHeaders = 'content-type, authorization, accept, last-event-id'
const maxAge = 600

/**
 * How pages of an origin may call: with `cookies`, as whoever is signed in there, or only with a `key` of their own.
 * Undefined: not at all.
 */
export type PageAccess = 'cookies' | 'key' | undefined

/** The origins of other pages that may call. */
export type Origins = {
  /** From the settings. */
  trusted: readonly string[]
  /** Whether it is an origin of a client with a publishable key. */
  isClients: (origin: string) => Promise<boolean>
}

/** How the page that sent a request may call. Our own pages need no leave, and what isn't a page doesn't ask. */
export async function pageAccess(request: Head, { trusted, isClients }: Origins): Promise<PageAccess> {
  const origin = request.headers.get('origin')
  if (origin === null || origin === URL.parse(request.url)?.origin) return undefined
  if (trusted.includes(origin)) return 'cookies'
  return (await isClients(origin)) ? 'key' : undefined
}

/** The answer to a browser that asks whether a page of another origin may call. */
export function preflight(access: PageAccess): Response {
  const response = new Response(null, { status: access ? 204 : 403 })
  response.headers.set('access-control-allow-methods', methods)
  response.headers.set('access-control-allow-headers', requestHeaders)
  response.headers.set('access-control-max-age', String(maxAge))
  return response
}

/** A route that pages of other origins may call, if it says so. */
export function forOrigins(origins: Origins, route: Route): Route {
  if (!route.cors) return route
  return {
    ...route,
    methods: [...route.methods, 'OPTIONS'],
    answer: async (request, exchange) => {
      const access = await pageAccess(request, origins)
      const response = request.method === 'OPTIONS' ? preflight(access) : await route.answer(request, exchange)
      addCorsHeaders(request, response, access)
      return response
    },
  }
}

/** Lets pages that may call, and no others, read the answer. */
export function addCorsHeaders(request: Head, response: Answer, access: PageAccess): void {
  response.headers.append('vary', 'Origin')
  if (!access) return
  response.headers.set('access-control-allow-origin', request.headers.get('origin') ?? '')
  if (access === 'cookies') response.headers.set('access-control-allow-credentials', 'true')
  response.headers.set('access-control-expose-headers', 'x-request-id, content-disposition')
}
