/** Which runs of rules led to a change, each caused by the one before. */
export type Cause = {
  /** How many. */
  depth: number
  /** Their rules. */
  chain: readonly string[]
}

/** So many runs may follow from one event, each caused by the one before. PostgreSQL refuses more (automation_run_no_loop). */
export const deepest = 5

/** What a change by this rule, taking its turn in this chain, is caused by. */
export const causedBy = (ruleId: string, { depth, chain }: Cause): Cause => ({
  depth: depth + 1,
  chain: [...chain, ruleId],
})

/**
 * Whether a rule may not take its turn: it is in the chain that led there, or that is too long. So whatever the rules are,
 * an event leads to an end: chains are at most `deepest` long, and there are finitely many without repetition.
 */
export const isLoop = (ruleId: string, { depth, chain }: Cause): boolean => depth > deepest || chain.includes(ruleId)
