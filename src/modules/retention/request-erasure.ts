import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { ErasureGround } from '../module.ts'

/**
 * Takes a request to erase contacts, in the unit of work that makes it. One by a rule counts as approved, since people made the rule;
 * one that comes of a proposal goes the way of all others. It is executed later.
 */
export type RequestErasure = (
  tx: Transaction,
  context: WorkContext,
  request: {
    contactIds: readonly string[]
    ground: ErasureGround
    origin: 'rule' | 'proposal'
    /** The key of the rule. */
    ruleKey: string
  },
) => Promise<{ erasureId: string }>

/** Lets erasures that holds on these contacts stopped go on, once the caller's transaction is committed. */
export type ResumeErasures = (tx: Transaction, contactIds: readonly string[]) => Promise<void>
