import type { Head } from './reply.ts'

// The prefix has browsers refuse them unless they are Secure, for this host alone and for all of its paths.
const session = '__Host-lethe'
const device = '__Host-lethe-device'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'
const year = 365 * 24 * 60 * 60

/** The session token that came with a request. */
export const sessionCookie = (request: Head): string | undefined => cookie(request, session)

/** What tells that somebody signed in with this browser before. */
export const deviceCookie = (request: Head): string | undefined => cookie(request, device)

/** The value of a cookie that came with a request. */
export function cookie(request: Head, name: string): string | undefined {
  const cookies =
    request.headers
      .get('cookie')
      ?.split(';')
      .map((part) => part.trim()) ?? []
  return cookies.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** The value of `set-cookie` that gives a session token to a browser, or takes it away. */
export const setSessionCookie = (token: string | null): string =>
  token === null ? `${session}=; ${attributes}; Max-Age=0` : `${session}=${token}; ${attributes}`

/** The value of `set-cookie` that lets a browser be known again, for a year. */
export const setDeviceCookie = (value: string): string => `${device}=${value}; ${attributes}; Max-Age=${year}`

/** The token of `Authorization: Bearer …`. */
export const bearerToken = (request: Head): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
