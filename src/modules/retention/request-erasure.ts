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
    /** Of what modules hold; null: the whole contact. */
    categories: readonly string[] | null
    /** What becomes of related records without personal data, by kind. */
    related: Readonly<Record<string, 'keep' | 'erase'>>
    origin: 'rule' | 'proposal'
    /** The key of the rule. */
    ruleKey: string
    /** Whether it executes itself as soon as it is approved: only for whoever may have erasures executed. */
    automatic: boolean
  },
) => Promise<{ erasureId: string }>

/** Lets erasures that holds on these contacts stopped go on, once the caller's transaction is committed. */
export type ResumeErasures = (tx: Transaction, contactIds: readonly string[]) => Promise<void>

/**
 * Takes back what rules of retention, or proposals by them, asked to be erased of these contacts as a whole, as far as it hasn't begun: they
 * may be processed again.
 */
export type WithdrawErasures = (tx: Transaction, contactIds: readonly string[]) => Promise<void>
