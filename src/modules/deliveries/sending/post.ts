import { Agent, request } from 'node:https'
import { rootCertificates } from 'node:tls'
import type { WebhookSettings } from '../../../config.ts'
import { addressIn, isPublic, PrivateAddress, pinnedLookup } from './address.ts'

/** A message to one endpoint. */
export type Posting = { url: string; headers: Readonly<Record<string, string>>; body: string }

/** What came of a try. */
export type PostOutcome = {
  /** Of HTTP; null when there was no answer. */
  status: number | null
  /** Milliseconds. */
  duration: number
  /** Empty: it was delivered. Names nobody, and nothing that the endpoint said. */
  fault: string
  /** The endpoint may have got it all the same. */
  perhapsTaken: boolean
  /** Milliseconds for which the endpoint wants to be left in peace. */
  retryAfter?: number
}

/** Sends a message; never throws. */
export type Poster = {
  post: (posting: Posting, stop: AbortSignal) => Promise<PostOutcome>
  close: () => void
}

const defaults: WebhookSettings = { allowPrivate: false, giveUpAfter: 0, ca: undefined }
const longestAnswer = 16_384
const longestRetryAfter = 24 * 3_600_000

/**
 * Makes what posts to webhooks: over TLS with a verified certificate, to public addresses unless the settings allow others, with no
 * redirects followed and next to nothing read of the answer.
 *
 * @param options.patience Milliseconds for one try, from looking up the name to the status of the answer.
 */
export function createPoster({ allowPrivate, ca } = defaults, { patience = 15_000 } = {}): Poster {
  const agent = new Agent({
    keepAlive: false,
    maxCachedSessions: 200,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    lookup: pinnedLookup(allowPrivate),
    ...(ca && { ca: [...rootCertificates, ca] }),
  })
  const post: Poster['post'] = async ({ url, headers, body }, stop) => {
    const start = performance.now()
    let sent = false
    const outcome = (status: number | null, fault: string): PostOutcome => ({
      ...{ status, fault, duration: Math.round(performance.now() - start) },
      perhapsTaken: sent && fault !== '' && status === null,
    })
    const timeout = AbortSignal.timeout(patience)
    try {
      const { hostname } = new URL(url)
      const address = addressIn(hostname)
      // Node asks for no name where there is none.
      if (address && !allowPrivate && !isPublic(address)) throw new PrivateAddress('the address is not public')
      return await new Promise<PostOutcome>((done, fail) => {
        const sending = request(url, {
          ...{ agent, method: 'POST', signal: AbortSignal.any([stop, timeout]) },
          headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        })
        sending.once('finish', () => {
          sent = true
        })
        sending.once('error', fail)
        sending.once('response', (response) => {
          const { statusCode: status = 0 } = response
          const retryAfter = waitWanted(response.headers['retry-after'])
          const taken = status >= 200 && status < 300
          done({ ...outcome(status, taken ? '' : `HTTP ${status}`), ...(retryAfter !== undefined && { retryAfter }) })
          // The status says everything; a little of the rest is let through, so that the connection ends well.
          let length = 0
          response.on('data', (chunk: Buffer) => {
            length += chunk.length
            if (length > longestAnswer) response.destroy()
          })
          response.once('error', () => undefined) // It has been counted by its status.
        })
        sending.end(body)
      })
    } catch (error) {
      if (timeout.aborted) return outcome(null, 'TIMEOUT')
      return outcome(null, stop.aborted ? 'STOPPED' : codeOf(error))
    }
  }
  return { post, close: () => agent.destroy() }
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now; at most a day. */
function waitWanted(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const wait = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(wait) && wait > 0 ? Math.min(wait, longestRetryAfter) : undefined
}

// Codes are Node's and OpenSSL's own; texts may repeat what the other side sent.
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'BROKEN'
