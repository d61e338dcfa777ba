import { z } from 'zod'
import type { AutomationRule } from '#prisma/client.ts'
import type { GrantedRight } from '../../graphql/auth/rights.ts'
import type { RuleDraft } from './definition.ts'

/** One thing that a rule does. Arguments are expressions in CEL. */
export type RuleAction = { action: string; arguments: Record<string, string> }

/** What a rule is, apart from who owns it and whether it is in force. */
export type RuleContent = {
  name: string
  description: string
  events: readonly string[]
  /** In CEL; empty: always. */
  condition: string
  actions: readonly RuleAction[]
  /** What it may read and write. */
  rights: readonly GrantedRight[]
}

const actions = z.array(z.object({ action: z.string(), arguments: z.record(z.string(), z.string()) }))
const rights = z.array(z.object({ right: z.string(), read: z.boolean(), write: z.boolean() }))

/** The actions of a stored rule. */
export const actionsOf = ({ actions: stored }: Pick<AutomationRule, 'actions'>): RuleAction[] => actions.parse(stored)

/** The rights that a stored rule names. */
export const rightsNamed = ({ rights: stored }: Pick<AutomationRule, 'rights'>): GrantedRight[] => rights.parse(stored)

/** A stored rule as somebody would hand it in. */
export const draftOf = (rule: AutomationRule): RuleDraft => ({
  ...rule,
  actions: actionsOf(rule).map(({ action, arguments: given }) => ({
    action,
    arguments: Object.entries(given).map(([name, value]) => ({ name, value })),
  })),
  rights: rightsNamed(rule),
})
