// The prefix has browsers refuse it unless it is Secure, for this host alone and for all of its paths.
const name = '__Host-lethe'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

/** The session token that came with a request. */
export function sessionCookie(request: Request): string | undefined {
  const cookies =
    request.headers
      .get('cookie')
      ?.split(';')
      .map((part) => part.trim()) ?? []
  return cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** The value of `set-cookie` that gives a session token to a browser, or takes it away. */
export const setSessionCookie = (token: string | null): string =>
  token === null ? `${name}=; ${attributes}; Max-Age=0` : `${name}=${token}; ${attributes}`

/** The token of `Authorization: Bearer …`. */
export const bearerToken = (request: Request): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
