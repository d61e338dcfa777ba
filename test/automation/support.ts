import { randomUUID } from 'node:crypto'
import { automationEngine, type Engine } from '../../src/modules/automation/engine.ts'
import { dueRuns } from '../../src/modules/automation/queue.ts'
import { takeTurn } from '../../src/modules/automation/run.ts'
import { modules } from '../../src/modules/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'

/** What is done with a rule. */
export type Stage = {
  app: TestApp
  engine: Engine
  token: string
  /** Sends an operation as the administrator, or as whoever has this token; fails if that has errors. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  act: (query: string, variables?: object, token?: string) => Promise<any>
  /** The codes of the errors of an operation, and their faults' fields. */
  refused: (
    query: string,
    variables?: object,
    token?: string,
  ) => Promise<{ codes: string[]; fields: string[]; text: string }>
  /** Makes a rule and puts it in force. Returns its id. */
  rule: (input: object, token?: string) => Promise<string>
  contact: (input: object) => Promise<string>
  /** Enters an order, of a source of its own unless it is named. */
  order: (contactId: string, number: string, rest?: { source?: string; unitPrice?: string }) => Promise<void>
  /** Lets all rules take their turns, one after the other, until none is due. Returns how many there were. */
  settle: () => Promise<number>
  /** Runs of rules, the newest first. */
  runs: (filter?: object) => Promise<Run[]>
  close: () => Promise<void>
}

export type Run = {
  id: string
  outcome: string
  event: string
  attempts: number
  depth: number
  fault: string | null
  faultCode: string | null
  rule: { name: string } | null
  contact: { id: string } | null
}

/** A whole app, whose rules take their turns when a test says so. */
export async function startStage(options: Parameters<typeof startTestApp>[0] = {}): Promise<Stage> {
  const app = await startTestApp({ modules, ...options })
  const engine = automationEngine({ ...app.work, mail: true }, app.app.schema, options.modules ?? modules)
  const token = await app.signIn()
  const act: Stage['act'] = async (query, variables, as = token) => {
    const { data, errors } = await app.graphql(query, variables, as)
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  const refused: Stage['refused'] = async (query, variables, as = token) => {
    const { errors = [] } = await app.graphql(query, variables, as)
    const faults: { field: string }[] = errors.flatMap((error) => error.extensions.faults ?? [])
    return {
      codes: errors.map((error) => error.extensions.code),
      fields: faults.map(({ field }) => field),
      text: JSON.stringify(errors),
    }
  }
  return {
    app,
    engine,
    token,
    act,
    refused,
    rule: async (input, as) => {
      const { createRule } = await act(create, { input }, as)
      await act('mutation ($id: ID!) { enableRule(id: $id) { id } }', { id: createRule.id }, as)
      return createRule.id
    },
    contact: async (input) =>
      (await act('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', { input }))
        .createContact.id,
    order: async (contactId, number, { source = randomUUID(), unitPrice = '1' } = {}) => {
      const lines = [{ description: 'Tea', quantity: '1', unitPrice }]
      await act(createOrder, { input: { contactId, source, number, currency: 'EUR', lines } })
    },
    settle: () => settle(engine),
    runs: async (filter = {}) => {
      const { ruleRuns } = await act(runsQuery, filter)
      return ruleRuns.edges.map(({ node }: { node: Run }) => node)
    },
    close: app.close,
  }
}

export const create = 'mutation ($input: CreateRuleInput!) { createRule(input: $input) { id version } }'

export const createOrder = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }'

const runsQuery = `query ($rule: ID, $contact: ID, $outcome: RuleRunOutcome) {
  ruleRuns(rule: $rule, contact: $contact, outcome: $outcome, first: 500) {
    edges { node { id outcome event attempts depth fault faultCode rule { name } contact { id } } } } }`

/** Lets all rules take their turns until none is due. */
export async function settle(engine: Engine): Promise<number> {
  let turns = 0
  for (;;) {
    const due = await dueRuns(engine.work.database, 100)
    let taken = 0
    for (const key of due) if (await takeTurn(engine, key)) taken++
    if (taken === 0) return turns
    turns += taken
  }
}

/** A right to read and write. */
export const both = (right: string) => ({ right, read: true, write: true })

/** An action, with arguments in CEL. */
export const action = (name: string, given: Record<string, string>) => ({
  action: name,
  arguments: Object.entries(given).map(([key, value]) => ({ name: key, value })),
})
