import { isPassing } from './api.js'
import { prove } from './proof-of-work.js'

const answerFields = 'token outcomes { purpose state error { code message documentation } }'

/**
 * What a visitor may consent to on this page and what they did, as the server tells it.
 *
 * @param changed Told the state of each purpose, whenever that may have changed.
 */
export function createVisit({ api, memory, purposes, language, changed }) {
  let offers = []
  let own = new Map()
  const watchers = []
  const repeatably = createRepeater()

  const tell = () => {
    for (const watcher of watchers) watcher()
    changed(Object.fromEntries([...own].map(([purpose, { state }]) => [purpose, state])))
  }

  async function begin() {
    const query = `query Offers($purposes: [String!], $language: String) {
      consentOffers(purposes: $purposes, language: $language) {
        purpose name description notice { version language text }
      }
    }`
    const [data, found] = await Promise.all([api.ask(query, { purposes, language }), lookUp()])
    offers = data.consentOffers
    own = found
    tell()
  }

  async function refresh() {
    if (memory.tokens().length === 0) return
    own = await lookUp()
    tell()
  }

  /** What came of all requests that this browser remembers; of several for a purpose, the latest. */
  async function lookUp() {
    const lists = await Promise.all(memory.tokens().map(ownOf))
    return new Map(
      lists
        .flat()
        .sort((a, b) => Date.parse(a.since) - Date.parse(b.since))
        .map((each) => [each.purpose, each]),
    )
  }

  async function ownOf(token) {
    try {
      const data = await api.ask('query Own($token: String!) { ownConsents(token: $token) { purpose state since } }', {
        token,
      })
      return data.ownConsents.map((each) => ({ ...each, token }))
    } catch (error) {
      if (error.code !== 'LINK_INVALID' && error.code !== 'NOT_FOUND') throw error
      memory.remove(token) // It is over: there is nothing to see by it any more.
      return []
    }
  }

  /** Asks for consent to these purposes, with the notices as they are shown. Gives the outcomes. */
  async function give(email, chosen, honeypot) {
    const content = {
      person: { email },
      purposes: offers
        .filter(({ purpose }) => chosen.includes(purpose))
        .map(({ purpose, notice }) => ({
          purpose,
          ...(notice && { notice: { version: notice.version, language: notice.language } }),
        })),
      language,
      page: location.origin + location.pathname, // What follows may have secrets.
      ...(honeypot && { honeypot }),
    }
    const { token, outcomes } = await act('giveConsent', 'GiveConsentInput', content, () => prove(api))
    if (token) memory.add(token)
    return note(outcomes, token)
  }

  /** Withdraws what this visitor gave. Gives the outcomes: those of the purposes below it, too. */
  async function withdraw(purpose) {
    const { token } = own.get(purpose)
    const content = { person: { token }, purposes: [purpose] }
    const { outcomes } = await act('withdrawConsent', 'WithdrawConsentInput', content)
    return note(outcomes, token)
  }

  /** Asks for a mail by which everything offered here can be withdrawn. */
  async function withdrawByMail(email) {
    const content = { person: { email }, purposes: offers.map(({ purpose }) => purpose) }
    await act('withdrawConsent', 'WithdrawConsentInput', content, () => prove(api))
  }

  async function act(mutation, type, content, proof) {
    const query = `mutation Act($input: ${type}!) { ${mutation}(input: $input) { ${answerFields} } }`
    const send = (once) => api.ask(query, { input: { ...content, ...once } })
    return (await repeatably([mutation, content], proof, send))[mutation]
  }

  /** Takes over what came of what this visitor did. */
  function note(outcomes, token) {
    const since = new Date().toISOString()
    for (const { purpose, state, error } of outcomes) if (!error) own.set(purpose, { purpose, state, since, token })
    tell()
    return outcomes
  }

  return {
    offers: () => offers,
    own: () => own,
    /** Has this called whenever something changed. */
    watch: (watcher) => watchers.push(watcher),
    begin,
    refresh,
    give,
    withdraw,
    withdrawByMail,
  }
}

/**
 * Sends a request with an idempotency key and what else is good for one request only. They stay the same until the server has
 * decided: whoever presses again after no answer came, asked once.
 */
function createRepeater() {
  const undecided = new Map()
  return async (content, proof, send) => {
    const name = JSON.stringify(content)
    const once = undecided.get(name) ?? { idempotencyKey: crypto.randomUUID(), ...(await proof?.()) }
    undecided.set(name, once)
    try {
      const answer = await send(once)
      undecided.delete(name)
      return answer
    } catch (error) {
      if (!isPassing(error)) undecided.delete(name)
      throw error
    }
  }
}
