/**
 * Makes labels of the names that callers give their operations: the first hundred of them, in all. Names that tell apart more than
 * programs do, such as one with an id in it, count as `other`, as do those that come later.
 */
export function operationNames(most = 100): (name: string | undefined) => string {
  const known = new Set<string>()
  return (name) => {
    if (name === undefined) return 'unnamed'
    if (known.has(name)) return name
    if (known.size >= most || !isOfProgram(name)) return 'other'
    known.add(name)
    return name
  }
}

/** Whether it reads like something that a programmer wrote: not too long, and with few digits. */
export const isOfProgram = (name: string): boolean =>
  /^[A-Za-z_]\w{0,63}$/.test(name) && (name.match(/\d/g)?.length ?? 0) <= 3
