import { type Grant, granting } from './grants.ts'
import type { SchemaText } from './schema-text.ts'

/**
 * Somebody who calls: a role's key, and what it grants. Whoever is none of the following asks for everything, in every way.
 *
 * More rights take nothing away. So what is denied to whoever lacks a single right is denied to everybody who lacks it, and what
 * is allowed to whoever has just enough for it is allowed to everybody who has as much.
 */
export type Role = {
  key: string
  grants: readonly Grant[]
  anonymous?: true
  /** Everything but this is granted: asks for what is denied by that. */
  lacks?: string
  /** Some rights lack that have nothing to do with each other: looks through all that can be read for what should not be there. */
  looksOut?: true
  /** Only what something takes is granted: asks for that. */
  enough?: true
}

/**
 * For each right: a role that has all others, those of other modules by wildcards. Besides, roles that each lack some, and
 * those whose wildcards say other things of reading and of writing.
 */
export function rolesOf(schema: SchemaText): Role[] {
  const lacking = schema.rights.map(
    (right): Role => ({ key: `all but ${right}`, grants: readAndWrite(allBut(schema, right)), lacks: right }),
  )
  // By name, those of a module are next to each other; the largest has one less.
  const groups = 16
  const lookingOut = Array.from({ length: groups }, (_, group): Role => {
    const lacks = schema.rights.filter((_right, index) => index % groups === group)
    const grants = readAndWrite(schema.rights.filter((right) => !lacks.includes(right)))
    return { key: `looks out ${group}: all but ${lacks.join(', ')}`, grants, looksOut: true }
  })
  return [
    ...lacking,
    ...lookingOut,
    { key: 'reads *', grants: granting('read', ['*']) },
    { key: 'writes *', grants: granting('write', ['*']) },
    { key: 'reads *, writes contacts.*', grants: [...granting('read', ['*']), ...granting('write', ['contacts.*'])] },
    { key: 'nothing', grants: [] },
    { key: 'anonymous', grants: [], anonymous: true },
  ]
}

const readAndWrite = (rights: readonly string[]): Grant[] => rights.map((right) => ({ right, read: true, write: true }))

function allBut({ rights }: SchemaText, right: string): string[] {
  const moduleOf = (name: string) => name.split('.')[0]
  const names = rights.map((other) => (moduleOf(other) === moduleOf(right) ? other : `${moduleOf(other)}.*`))
  return [...new Set(names)].filter((name) => name !== right)
}

/** The role with this key. */
export function roleOf({ roles }: { roles: readonly Role[] }, key: string): Role {
  const role = roles.find((one) => one.key === key)
  if (!role) throw new Error(`there is no role ${key}`)
  return role
}
