import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'

/** What other modules do when contacts are merged, in the same unit of work, and when that is taken back. */
export type Merging = Readonly<Record<'merged' | 'unmerged', Step>>

type Step = (tx: Transaction, context: WorkContext, merge: { targetId: string; sourceId: string }) => Promise<void>
