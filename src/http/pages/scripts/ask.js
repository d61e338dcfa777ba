/** A refusal of the API: a code of its catalogue of errors, and what it tells programs besides. */
export class Refusal extends Error {
  constructor({ message, extensions }, options) {
    super(message, options)
    this.code = extensions.code
    this.extensions = extensions
  }
}

/** Sends an operation to the API. Gives its data, or throws a Refusal. */
export async function ask(query, variables = {}) {
  const { data, errors } = await send(query, variables).catch((cause) => {
    throw new Refusal({ message: 'no answer', extensions: { code: 'UNAVAILABLE' } }, { cause })
  })
  if (!errors) return data
  const refusal = new Refusal(errors[0])
  // The session has ended meanwhile.
  if (refusal.code === 'UNAUTHENTICATED') {
    location.replace(`/sign-in?${new URLSearchParams({ next: location.pathname })}`)
  }
  throw refusal
}

async function send(query, variables) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    credentials: 'same-origin',
    body: JSON.stringify({ query, variables }),
  })
  return response.json()
}
