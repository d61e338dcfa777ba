import type { CustomFetchOptions } from 'openid-client'
import type { Clock } from '../sign-in/recent.ts'

/** Asks the provider. The answer has come as a whole. */
export type ProviderFetch = (url: string, options: ProviderRequest) => Promise<Response>

/** What the libraries for OpenID Connect and for tokens ask with. */
type ProviderRequest = Pick<CustomFetchOptions, 'method' | 'duplex' | 'signal'> &
  Partial<Pick<CustomFetchOptions, 'body'>> & { headers: Record<string, string> | Headers }

/** Milliseconds that the provider gets for an answer. */
export const patience = 5000

const largest = 1024 * 1024
const pause = 5000

/**
 * A request to the provider: over HTTPS, for five seconds at most, with an answer of 1 MiB at most, and to where it was
 * sent: a redirect is an answer like any other. Which certificates count is Node's: NODE_EXTRA_CA_CERTS adds to them.
 */
export const askProvider: ProviderFetch = async (url, { headers: given, signal, body = null, ...options }) => {
  if (new URL(url).protocol !== 'https:') throw new Error('the provider is asked over HTTPS only')
  const headers = new Headers(given)
  headers.set('user-agent', 'Lethe')
  const limits = [AbortSignal.timeout(patience), ...(signal ? [signal] : [])]
  const response = await fetch(url, {
    ...options,
    headers,
    body: body instanceof Uint8Array ? new Uint8Array(body) : body,
    redirect: 'manual',
    signal: AbortSignal.any(limits),
  })
  const content = await wholeBody(response)
  return new Response(content.length > 0 ? content : null, { status: response.status, headers: response.headers })
}

async function wholeBody(response: Response) {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > largest) throw new Error(`the provider's answer has more than ${largest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Doesn't try again for a while after it failed: the last failure is the answer then. */
export function restingAfterFailure<Args extends unknown[], Result>(
  run: (...args: Args) => Promise<Result>,
  clock: Clock,
): (...args: Args) => Promise<Result> {
  let failed: { error: unknown; since: number } | undefined
  return async (...args) => {
    if (failed && clock() - failed.since < pause) throw failed.error
    try {
      const result = await run(...args)
      failed = undefined
      return result
    } catch (error) {
      failed = { error, since: clock() }
      throw error
    }
  }
}

/** What is behind an error: the libraries wrap what they got. */
export function rootCause(error: unknown): unknown {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  return root
}
