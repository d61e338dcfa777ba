import { covers } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Module } from '../../module.ts'

/** A right that a module declares. */
export type DeclaredRight = { name: string; description: string; module: string }

/** Tells every right there is at this moment, by name. */
export type DeclaredRights = (context: Pick<WorkContext, 'database'>) => Promise<readonly DeclaredRight[]>

/** Those that the modules declare, and those that they make at run time. */
export function declaredRights(modules: readonly Module[]): DeclaredRights {
  const declared = modules.flatMap(({ name: module, rights }) =>
    Object.entries(rights).map(([name, description]): DeclaredRight => ({ name, description, module })),
  )
  return async (context) => {
    const made = modules.map(async ({ name: module, runTimeRights }) =>
      ((await runTimeRights?.(context)) ?? []).map((right): DeclaredRight => ({ ...right, module })),
    )
    return [...declared, ...(await Promise.all(made)).flat()].sort((one, other) => (one.name < other.name ? -1 : 1))
  }
}

const wildcard = /^(?:[^*]+\.)?\*$/

/** What is wrong with a name that is to be granted, or undefined: it has to be a right, `*`, or cover some as `contacts.*` does. */
export function rightFault(declared: readonly DeclaredRight[], name: string): string | undefined {
  const names = declared.map((right) => right.name)
  if (names.includes(name)) return undefined
  if (wildcard.test(name) && names.some((right) => covers(name, right))) return undefined
  const wildcards = [...new Set(declared.map(({ module }) => `${module}.*`))]
  const near = nearest(name, [...names, ...wildcards, '*'])
  return `There is no such right. Near it are ${near.join(', ')}; the query "rights" lists all.`
}

const howMany = 5

/** Those that share the most pairs of letters (Dice's coefficient), which finds typing errors and forgotten prefixes alike. */
function nearest(name: string, names: readonly string[]): string[] {
  const wanted = pairs(name)
  const likeness = (other: string) => {
    const found = pairs(other)
    return (2 * [...found].filter((pair) => wanted.has(pair)).length) / (wanted.size + found.size)
  }
  return [...names].sort((one, other) => likeness(other) - likeness(one)).slice(0, howMany)
}

function pairs(name: string): Set<string> {
  const text = ` ${name.toLowerCase()} `
  return new Set(Array.from(text, (_letter, at) => text.slice(at, at + 2)))
}
