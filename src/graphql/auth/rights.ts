/** One grant of a role: what `right` names may be read, written, or both. `*` stands for any number of parts. */
export type GrantedRight = { right: string; read: boolean; write: boolean }

/** What a caller may do. A look-up after the first is one map access. */
export type Rights = {
  canRead: (right: string) => boolean
  canWrite: (right: string) => boolean
}

/** Whether a granted name covers a right: `contacts.*` covers `contacts.email`, `*` covers everything. */
export function covers(granted: string, right: string): boolean {
  if (granted === '*' || granted === right) return true
  return granted.endsWith('.*') && right.startsWith(granted.slice(0, -1))
}

/** The rights that a set of grants adds up to. Without grants: none. */
export function rightsOf(grants: readonly GrantedRight[]): Rights {
  const check = (access: 'read' | 'write') => {
    const known = new Map<string, boolean>()
    return (right: string) => {
      const answer = known.get(right)
      if (answer !== undefined) return answer
      const granted = grants.some((grant) => grant[access] && covers(grant.right, right))
      known.set(right, granted)
      return granted
    }
  }
  return { canRead: check('read'), canWrite: check('write') }
}
