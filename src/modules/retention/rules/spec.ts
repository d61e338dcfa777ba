import type { LegalGround, Purpose, RetentionClass, RetentionRule, RetentionStart } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Transaction } from '../../../database/transact.ts'

/** What is done with whoever a rule is about. */
export const ruleActions = ['propose', 'erase', 'anonymise', 'restrict'] as const

export type RuleAction = (typeof ruleActions)[number]

export const isRuleAction = (text: string): text is RuleAction => ruleActions.some((action) => action === text)

/**
 * For whom a period counts, how long and from when. Those without an action come from the register of purposes alone: they hold back what
 * other rules would erase.
 */
export type Spec = {
  /** The rule's; null: the purpose's own class says so. */
  key: string | null
  purposeKey: string | null
  ground: LegalGround | null
  tags: readonly string[]
  /** ISO 8601 duration. */
  period: string
  start: RetentionStart
  action: RuleAction | null
  /** Only these categories of their data; empty: the whole contact. */
  categories: readonly string[]
  /** The users who agreed that it erases by itself. */
  approverIds: readonly string[]
}

type Drafted = 'purposeKey' | 'ground' | 'tags' | 'retentionKey' | 'action' | 'categories'

export type RuleDraft = Pick<RetentionRule, Drafted> & Partial<Pick<RetentionRule, 'approverIds'>>

/** Whether an action erases without anybody being asked: from the outset, or at the end. */
export const erasesByItself = (action: string): boolean => action !== 'propose'

type Register = {
  purposes: ReadonlyMap<string, Pick<Purpose, 'retentionKey'>>
  classes: ReadonlyMap<string, RetentionClass>
}

type Read = 'purpose' | 'retentionClass' | 'retentionRule'

/** Reads the register and the rules: in a unit of work, or in a transaction that can't write. */
export type Reader = Pick<Transaction, Read> | Pick<Database, Read>

/** The register, as rules go by it. */
export async function readRegister(tx: Reader): Promise<Register> {
  const purposes = await tx.purpose.findMany({ select: { key: true, retentionKey: true } })
  const classes = await tx.retentionClass.findMany()
  return {
    purposes: new Map(purposes.map((purpose) => [purpose.key, purpose])),
    classes: new Map(classes.map((one) => [one.key, one])),
  }
}

/** The class that a rule goes by: its own, or that of its purpose. */
export const classOf = ({ purposes, classes }: Register, rule: Pick<RuleDraft, 'purposeKey' | 'retentionKey'>) =>
  classes.get(rule.retentionKey ?? purposes.get(rule.purposeKey ?? '')?.retentionKey ?? '')

/** A rule as one; undefined where nothing says any more how long. */
export function specOf(register: Register, key: string, rule: RuleDraft): Spec | undefined {
  const found = classOf(register, rule)
  if (!found || !isRuleAction(rule.action)) return undefined
  const { purposeKey, ground, tags, action, categories, approverIds = [] } = rule
  return { key, purposeKey, ground, tags, action, categories, approverIds, period: found.period, start: found.start }
}

/**
 * All that says how long contacts are kept: the rules, and the classes of purposes. Whoever several are about is kept for the longest.
 *
 * @param but A rule to leave out, since another comes in its place.
 */
export async function readSpecs(tx: Reader, but?: string): Promise<Spec[]> {
  const register = await readRegister(tx)
  const rules = await tx.retentionRule.findMany({ where: { retiredAt: null }, orderBy: { key: 'asc' } })
  const ofPurposes = [...register.purposes].flatMap(([purposeKey, { retentionKey }]): Spec[] => {
    const found = register.classes.get(retentionKey ?? '')
    if (!found) return []
    const { period, start } = found
    const all = { ground: null, tags: [], categories: [], approverIds: [] }
    return [{ key: null, purposeKey, ...all, period, start, action: null }]
  })
  return [
    ...rules.filter(({ key }) => key !== but).flatMap((rule) => specOf(register, rule.key, rule) ?? []),
    ...ofPurposes,
  ]
}
