/** What `right` names may be read, written, or both. `*` stands for any number of parts. */
export type GrantedRight = { right: string; read: boolean; write: boolean }

/** A grant as somebody holds it. */
export type HeldGrant = GrantedRight & {
  /** The role that it comes from, if it comes from one. */
  roleId?: string
  /** Keys of purposes: it counts only for contacts with a valid basis for one of them. None: for all contacts. */
  purposes?: readonly string[]
}

/** What a caller may do. A look-up after the first is one map access. */
export type Rights = {
  canRead: (right: string) => boolean
  canWrite: (right: string) => boolean
  /**
   * The caller sees only contacts that have, for each of these sets, a valid basis for one of its purposes. So nobody sees
   * of a contact what the role that allows it doesn't allow there. Empty: all contacts.
   */
  purposes: readonly (readonly string[])[]
  /** Which of the rights whose names begin with `module.` may be read: all there ever are, or these. */
  readsWithin: (module: string) => 'all' | readonly string[]
  /** The rights that were made use of since the last call, with the grants that allowed them. */
  takeUses: () => { grants: readonly HeldGrant[]; access: 'read' | 'write' }[]
}

/** Whether a granted name covers a right: `contacts.*` covers `contacts.email`, `*` covers everything. */
export function covers(granted: string, right: string): boolean {
  if (granted === '*' || granted === right) return true
  return granted.endsWith('.*') && right.startsWith(granted.slice(0, -1))
}

/** The rights that a set of grants adds up to. Without grants: none. */
export function rightsOf(grants: readonly HeldGrant[]): Rights {
  const read = createCheck(grants, 'read')
  const write = createCheck(grants, 'write')
  return {
    canRead: read.can,
    canWrite: write.can,
    purposes: purposesOf(grants),
    readsWithin: (module) => {
      const readable = grants.filter((grant) => grant.read)
      if (readable.some((grant) => covers(grant.right, `${module}.*`))) return 'all'
      return readable.flatMap(({ right }) => (right.startsWith(`${module}.`) ? [right] : []))
    },
    takeUses: () => [...read.takeUses(), ...write.takeUses()],
  }
}

function createCheck(grants: readonly HeldGrant[], access: 'read' | 'write') {
  const known = new Map<string, boolean>()
  return {
    can: (right: string) => {
      const answer = known.get(right)
      if (answer !== undefined) return answer
      const granted = grants.some((grant) => grant[access] && covers(grant.right, right))
      known.set(right, granted)
      return granted
    },
    takeUses: () => {
      const used = [...known].filter(([, granted]) => granted).map(([right]) => right)
      known.clear()
      return used.map((right) => ({
        access,
        grants: grants.filter((grant) => grant[access] && covers(grant.right, right)),
      }))
    },
  }
}

/** For each grant that no role for all contacts covers: the purposes of all roles that cover it. */
function purposesOf(grants: readonly HeldGrant[]): string[][] {
  const sets = new Map<string, string[]>()
  for (const access of ['read', 'write'] as const) {
    for (const { right } of grants.filter((grant) => grant[access])) {
      const covering = grants.filter((grant) => grant[access] && covers(grant.right, right))
      if (covering.some(({ purposes = [] }) => purposes.length === 0)) continue
      const purposes = [...new Set(covering.flatMap((grant) => grant.purposes ?? []))].sort()
      sets.set(JSON.stringify(purposes), purposes)
    }
  }
  return [...sets.values()]
}
