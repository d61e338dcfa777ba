import type { WorkContext } from '../../graphql/context.ts'

/** How erasures are decided. */
export type ErasureSettings = {
  /** How many users have to approve an erasure that somebody else asked for; 0: it is approved as it is asked for. */
  approvals: number
}

/** How many users have to approve an erasure. */
export const approvalsNeeded = ({ erasure }: Pick<WorkContext, 'erasure'>): number => erasure?.approvals ?? 0
