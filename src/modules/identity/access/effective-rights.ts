import { covers, type HeldGrant } from '../../../graphql/auth/rights.ts'
import type { DeclaredRight } from './right-names.ts'

/** A grant of a role that covers a right. */
export type RightSource = { roleId: string; grant: string; read: boolean; write: boolean }

/** What somebody may do with a right, and why. */
export type EffectiveRight = {
  right: string
  read: boolean
  write: boolean
  /** Keys of purposes; empty: for all contacts. */
  purposes: string[]
  sources: RightSource[]
}

/** What grants come to, right by right: of those that there are, the ones that they cover. */
export function effectiveRights(declared: readonly DeclaredRight[], held: readonly HeldGrant[]): EffectiveRight[] {
  return declared.flatMap(({ name: right }) => {
    const covering = held.filter((grant) => covers(grant.right, right))
    if (covering.length === 0) return []
    const read = covering.some((grant) => grant.read)
    const write = covering.some((grant) => grant.write)
    const sources = covering.flatMap(({ roleId, right: grant, ...access }): RightSource[] =>
      roleId === undefined ? [] : [{ roleId, grant, read: access.read, write: access.write }],
    )
    return [{ right, read, write, purposes: purposesOf(covering, read ? 'read' : 'write'), sources }]
  })
}

/** Of the grants that give this access: all their purposes; none if one is for all contacts. */
function purposesOf(grants: readonly HeldGrant[], access: 'read' | 'write'): string[] {
  const sets = grants.filter((grant) => grant[access]).map(({ purposes = [] }) => purposes)
  return sets.some((purposes) => purposes.length === 0) ? [] : [...new Set(sets.flat())].sort()
}
