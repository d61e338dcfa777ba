import { LetheError } from './errors.ts'
import { webCrypto } from './web-crypto.ts'

/** Where the server is, and how to call it. */
export type LetheOptions = {
  /** The server: `https://lethe.example`. */
  url: string
  /** A secret key of yours. Keep it where browsers can't read it. */
  key: string
  /** How often something is tried in all when it gets no answer, or the server is busy; by default 5 times. */
  attempts?: number
  /** How long one attempt may take, in milliseconds; by default 30 seconds. */
  timeout?: number
  /** The first pause before another attempt, in milliseconds; by default half a second. Each further one is twice as long. */
  firstPause?: number
  /** The longest pause between two attempts, in milliseconds; by default 30 seconds. */
  longestPause?: number
  /** Sends requests, in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch
}

/** How to make one call. */
export type CallOptions = {
  /** Gives up when it is aborted. */
  signal?: AbortSignal
}

/**
 * What a mutation takes. Each call has an idempotency key, so that it can be tried again and has one effect; give one of your
 * own (the number of an order, say) where it is to hold beyond the call.
 */
export type WithKey<Input extends { idempotencyKey: string }> = Omit<Input, 'idempotencyKey'> & {
  idempotencyKey?: string
}

/** What is in an answer, as far as it is needed here. */
type Answer = {
  data?: Readonly<Record<string, unknown>> | null
  errors?: readonly { message: string; extensions?: Readonly<Record<string, unknown>> }[]
}

/** What passes by itself. */
const passing: readonly string[] = ['NO_ANSWER', 'UNAVAILABLE', 'TOO_MANY_ATTEMPTS']

/** Sends operations. What passes by itself is tried again as it is: queries do nothing, and mutations have their key. */
export function createTransport(settings: LetheOptions) {
  const { url, key, attempts = 5, timeout = 30_000, fetch = globalThis.fetch } = settings
  const { firstPause = 500, longestPause = 30_000 } = settings
  const endpoint = new URL('/graphql', url)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(endpoint.hostname)
  if (endpoint.protocol !== 'https:' && !isHere) throw new TypeError('Use https: the key would go over the network.')

  async function attempt(body: string, signal: AbortSignal | undefined): Promise<Answer> {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` },
      body,
      redirect: 'error', // The key is for this server alone.
      ...(signal && { signal }),
    })
    const answer = answerIn(await response.text())
    if (answer) return answer
    const { status, headers } = response
    const retryAfter = headers.get('retry-after')
    throw new LetheError(`The server answered ${status}, and not in GraphQL.`, {
      code: status === 429 || status >= 500 ? 'UNAVAILABLE' : 'BAD_REQUEST',
      ...(retryAfter && /^\d+$/.test(retryAfter) && { retryAfter: Number(retryAfter) }),
    })
  }

  /** One attempt's answer for this field, or why there is none. */
  async function result(name: string, body: string, signal: AbortSignal | undefined): Promise<{ value: unknown }> {
    const { data, errors = [] } = await withinTime(timeout, signal, (within) => attempt(body, within))
    const [first] = errors
    if (first) throw new LetheError(first.message, { ...first.extensions, errors, data })
    if (data?.[name] == null) throw new LetheError('The server answered without a result.', { code: 'INTERNAL' })
    return { value: data[name] }
  }

  async function ask<Result>(name: string, query: string, variables: object, options?: CallOptions): Promise<Result> {
    const body = JSON.stringify({ query, variables })
    for (let count = 1; ; count++) {
      const found = await result(name, body, options?.signal).catch((error: unknown) => {
        if (options?.signal?.aborted) throw options.signal.reason
        if (error instanceof LetheError) return error
        return new LetheError(`No answer from ${endpoint.origin}.`, { code: 'NO_ANSWER' }, { cause: error })
      })
      if (!(found instanceof LetheError)) return found.value as Result
      // With chance in it, so that many that were turned away together don't come back together.
      const pause = found.retryAfter === undefined ? firstPause * 2 ** (count - 1) : found.retryAfter * 1000
      if (!passing.includes(found.code) || count >= attempts || pause > longestPause) throw found
      await sleep(pause * (1 + Math.random() / 2), options?.signal)
    }
  }

  return {
    ask,
    /** For mutations with an idempotency key. */
    act: async <Result>(name: string, query: string, input: object, further: object, options?: CallOptions) => {
      const idempotencyKey = (await webCrypto()).randomUUID()
      return ask<Result>(name, query, { input: { idempotencyKey, ...input }, ...further }, options)
    },
  }
}

function answerIn(text: string): Answer | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && ('data' in body || 'errors' in body)
      ? (body as Answer)
      : undefined
  } catch {
    return undefined // From a proxy on the way, say: whoever asked sees what it is.
  }
}

/** Aborts what runs when the time is up, or the caller gives up. */
async function withinTime<Result>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  run: (within: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const stop = () => controller.abort(signal?.reason)
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  signal?.addEventListener('abort', stop)
  try {
    signal?.throwIfAborted()
    return await run(controller.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const stop = () => {
      clearTimeout(timer)
      fail(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      done()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
