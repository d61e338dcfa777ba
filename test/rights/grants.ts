/** What a role grants, as it is stored. */
export type Grant = { right: string; read: boolean; write: boolean }

/** Whether the grants allow this: what the design says about them, in other words than the product's. */
export function allows(grants: readonly Grant[], access: 'read' | 'write', right: string): boolean {
  return grants.some((grant) => {
    if (!grant[access]) return false
    const pattern = grant.right.split('.').map((part) => (part === '*' ? '.+' : part.replaceAll(/\W/g, '\\$&')))
    return new RegExp(`^${pattern.join('\\.')}$`).test(right)
  })
}

/** Grants to read these rights, or to write them. */
export const granting = (access: 'read' | 'write', rights: Iterable<string>): Grant[] =>
  [...new Set(rights)].map((right) => ({ right, read: access === 'read', write: access === 'write' }))

/** The same with one grant for each right, as the table of grants has it. */
export function together(grants: readonly Grant[]): Grant[] {
  const byRight = new Map<string, Grant>()
  for (const { right, read, write } of grants) {
    const known = byRight.get(right)
    byRight.set(right, { right, read: read || known?.read === true, write: write || known?.write === true })
  }
  return [...byRight.values()]
}
