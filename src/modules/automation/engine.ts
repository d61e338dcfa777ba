import type { GraphQLSchema } from 'graphql'
import type { AutomationRule } from '#prisma/client.ts'
import type { JsonObject } from '../../database/json.ts'
import type { Rights } from '../../graphql/auth/rights.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { chainOf } from '../../graphql/errors.ts'
import { runText } from '../../graphql/execute/run-text.ts'
import { hooksOf } from '../hooks.ts'
import type { Module } from '../module.ts'
import { type CompiledRule, checkRule } from './definition.ts'
import { type AllOffers, offersOf } from './offers.ts'
import { draftOf } from './rule.ts'

/** What rules run on: the same schema and domain functions that people and programs use. */
export type Engine = {
  work: Omit<WorkContext, 'requestId'>
  schema: GraphQLSchema
  offers: AllOffers
}

/** What the rules of these modules run on. */
export const automationEngine = (
  work: Omit<WorkContext, 'requestId'>,
  schema: GraphQLSchema,
  modules: readonly Module[],
): Engine => ({
  work: { ...work, ...hooksOf(modules) },
  schema,
  offers: offersOf(modules),
})

/** A rule in the database, ready to be evaluated. Throws INVALID_INPUT for one that fits what modules offer no more. */
export function compiled(offers: AllOffers, rule: AutomationRule): CompiledRule {
  const key = `${rule.id} ${rule.version}`
  const known = rules.get(key)
  if (known) return known
  const fresh = checkRule(draftOf(rule), offers)
  if (rules.size >= mostRules) rules.clear()
  rules.set(key, fresh)
  return fresh
}

const rules = new Map<string, CompiledRule>()
const mostRules = 1000

/** The context that a rule acts in: an actor of its own, who calls from nowhere and has no session. */
export const contextOf = (
  { work }: Pick<Engine, 'work'>,
  given: { rule: Pick<AutomationRule, 'id'>; rights: Rights; requestId: string },
): Context => ({
  ...work,
  actor: { kind: 'rule', id: given.rule.id },
  rights: given.rights,
  requestId: given.requestId,
  sessionId: null,
  address: '',
  userAgent: '',
  setSessionCookie: () => undefined,
  deviceCookie: undefined,
  setDeviceCookie: () => undefined,
  sessions: { lifetime: 0, idle: 0 },
  loaders: {},
})

/** Runs a mutation in the schema. Throws what broke first, as it was thrown. */
export async function mutateIn(
  schema: GraphQLSchema,
  context: Context,
  mutation: string,
  variables: JsonObject,
): Promise<void> {
  const contextValue: Context = { ...context, loaders: {} }
  const { errors } = await runText({ schema, source: mutation, variableValues: variables, contextValue })
  const [first] = errors ?? []
  if (first) throw chainOf(first).at(-1) ?? first
}
