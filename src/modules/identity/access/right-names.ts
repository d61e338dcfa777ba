import { covers } from '../../../graphql/auth/rights.ts'
import type { Module } from '../../module.ts'

/** A right that a module declares. */
export type DeclaredRight = { name: string; description: string; module: string }

/** Every right there is, by name. */
export const declaredRights = (modules: readonly Module[]): DeclaredRight[] =>
  modules
    .flatMap(({ name: module, rights }) =>
      Object.entries(rights).map(([name, description]): DeclaredRight => ({ name, description, module })),
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1))

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
