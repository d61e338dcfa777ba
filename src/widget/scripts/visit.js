import { isPassing, Refusal } from './api.js'
import { prove } from './proof-of-work.js'

const outcomeFields = 'token outcomes { purpose state error { code message documentation } }'

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
    const [{ data }, found] = await Promise.all([api.ask(query, { purposes, language }), lookUp()])
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
      const { data } = await api.ask(
        'query Own($token: String!) { ownConsents(token: $token) { purpose state since } }',
        { token },
      )
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
    return act('giveConsent', 'GiveConsentInput', content, () => prove(api))
  }

  /** Withdraws what this visitor gave. Gives the outcomes: those of the purposes below it, too. */
  const withdraw = (purpose) =>
    act('withdrawConsent', 'WithdrawConsentInput', { person: { token: own.get(purpose).token }, purposes: [purpose] })

  /** Asks for a mail by which everything offered here can be withdrawn. */
  const withdrawByMail = (email) =>
    act('withdrawConsent', 'WithdrawConsentInput', {
      person: { email },
      purposes: offers.map(({ purpose }) => purpose),
    })

  async function act(mutation, type, content, proof) {
    const { data, errors } = await repeatably([mutation, content], proof, (once) =>
      api.ask(`mutation Act($input: ${type}!) { ${mutation}(input: $input) { ${outcomeFields} } }`, {
        input: { ...content, ...once },
      }),
    )
    const answer = data[mutation]
    if (!answer) throw new Refusal(errors[0]?.message, errors[0]?.extensions)
    const { email, token = answer.token } = content.person
    if (answer.token) memory.add(answer.token)
    const since = new Date().toISOString()
    for (const { purpose, state, error } of answer.outcomes) {
      const isOwn = !error && (mutation === 'giveConsent' || !email) && state !== 'NOT_DECIDED'
      if (isOwn) own.set(purpose, { purpose, state, since, token })
    }
    tell()
    return answer.outcomes
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
