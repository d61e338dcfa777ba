/** A refusal by the server, or no answer: then its code is `NO_ANSWER`. */
export class Refusal extends Error {
  constructor(message, extensions = {}) {
    super(message)
    this.code = extensions.code ?? 'NO_ANSWER'
    this.retryAfter = extensions.retryAfter
    this.documentation = extensions.documentation
  }
}

// So many times, after pauses of 0.5, 1 and 2 seconds; longer than this the visitor isn't kept waiting.
const attempts = 4
const longestPause = 10

/** Sends operations to a server, with a publishable key and without cookies. */
export function createApi({ server, key }) {
  const url = new URL('/graphql', server)

  /**
   * Gives the data of an operation. What went wrong on the way is tried again as it is: queries do nothing, and mutations bring
   * an idempotency key. Throws a Refusal.
   */
  async function ask(query, variables = {}) {
    for (let attempt = 1; ; attempt++) {
      const answer = await send(url, key, { query, variables }).catch((error) =>
        // Browsers don't tell a page why: there may be no network, or the page is none of the client's.
        error instanceof Refusal ? error : new Refusal(`${error}. Is ${location.origin} an origin of the client?`),
      )
      if (!(answer instanceof Refusal)) return answer
      const pause = answer.retryAfter ?? 2 ** (attempt - 2) * (0.75 + Math.random() / 2)
      if (!isPassing(answer) || attempt === attempts || pause > longestPause) throw answer
      await new Promise((done) => setTimeout(done, pause * 1000))
    }
  }
  return { ask }
}

/** Whether the same request may have another answer soon. */
export const isPassing = ({ code }) => code === 'NO_ANSWER' || code === 'UNAVAILABLE' || code === 'TOO_MANY_ATTEMPTS'

async function send(url, key, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(20_000),
  })
  const { data, errors } = await response.json() // Without JSON: a proxy on the way, and no answer of ours.
  if (errors) throw new Refusal(errors[0].message, errors[0].extensions)
  if (data) return data
  throw new Refusal(`HTTP ${response.status}`)
}
