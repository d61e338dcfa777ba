// What a browser may send beyond the plain minimum, and for how many seconds it may remember that.
const methods = 'GET, POST'
const requestHeaders = 'content-type, authorization, accept'
const maxAge = 600

/** The answer to a browser that asks whether a page of another origin may call. */
export function preflight(request: Request, origins: readonly string[]): Response {
  const response = new Response(null, { status: isAllowed(request, origins) ? 204 : 403 })
  response.headers.set('access-control-allow-methods', methods)
  response.headers.set('access-control-allow-headers', requestHeaders)
  response.headers.set('access-control-max-age', String(maxAge))
  return response
}

/** Lets pages of the allowed origins, and no others, read the answer. */
export function addCorsHeaders(request: Request, response: Response, origins: readonly string[]): void {
  response.headers.append('vary', 'Origin')
  if (!isAllowed(request, origins)) return
  response.headers.set('access-control-allow-origin', request.headers.get('origin') ?? '')
  response.headers.set('access-control-allow-credentials', 'true')
  response.headers.set('access-control-expose-headers', 'x-request-id')
}

const isAllowed = (request: Request, origins: readonly string[]) =>
  origins.includes(request.headers.get('origin') ?? '')
