const query = 'query Challenge { consentChallenge { challenge difficulty } }'

const batch = 500
const patience = 40 // Milliseconds without an answer to clicks and keys, which nobody notices.

/**
 * Does the work that the server asks for against form spam, if it does: finds a number that makes the SHA-256 of
 * `<challenge>:<number>` begin with so many zero bits. The browser's own code hashes; the page goes on in between.
 */
export async function prove(api) {
  const { consentChallenge } = await api.ask(query)
  if (!consentChallenge) return {}
  const { challenge, difficulty } = consentChallenge
  const encoder = new TextEncoder()
  const zeroBits = async (number) => {
    const hash = await crypto.subtle.digest('SHA-256', encoder.encode(`${challenge}:${number}`))
    return Math.clz32(new DataView(hash).getUint32(0))
  }
  let rested = performance.now()
  for (let first = 0; ; first += batch) {
    const bits = await Promise.all(Array.from({ length: batch }, (_each, index) => zeroBits(first + index)))
    const found = bits.findIndex((each) => each >= difficulty)
    if (found >= 0) return { proofOfWork: `${challenge}:${first + found}` }
    if (performance.now() - rested < patience) continue
    await new Promise((done) => setTimeout(done))
    rested = performance.now()
  }
}
