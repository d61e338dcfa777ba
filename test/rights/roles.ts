import { type Grant, granting, inputsDenied, together } from './grants.ts'
import { shortestPaths } from './paths.ts'
import type { Access, Field, SchemaText } from './schema-text.ts'
import { slotsOf, valueFor } from './values.ts'

/**
 * Somebody who calls: a role's key, and what it grants. `single`: a single right, and what it takes to use it, so that nearly
 * everything is refused. `turn`: nearly everything is allowed, as to others like it: they take turns at the forms of asking for it.
 */
export type Role = { key: string; grants: readonly Grant[]; anonymous?: true; single?: true; turn?: number }

/**
 * For each right: a role that has only this to read, one that has only this to write, one that has all others, those of other
 * modules by wildcards. And one whose wildcards say other things of reading and of writing.
 */
export function rolesOf(schema: SchemaText): Role[] {
  const each = schema.rights.flatMap((right, turn): Role[] => [
    {
      key: `reads ${right}`,
      grants: together([...granting('read', [right]), ...toReach(schema, right)]),
      single: true,
    },
    {
      key: `writes ${right}`,
      grants: together([...granting('write', [right]), ...toWrite(schema, right)]),
      single: true,
    },
    {
      key: `all but ${right}`,
      grants: allBut(schema, right).map((other) => ({ right: other, read: true, write: true })),
      turn,
    },
  ])
  const wildcards = [...granting('read', ['*']), ...granting('write', ['contacts.*'])]
  return [
    ...each,
    { key: 'reads *, writes contacts.*', grants: wildcards },
    { key: 'nothing', grants: [] },
    { key: 'anonymous', grants: [], anonymous: true },
  ]
}

function allBut({ rights }: SchemaText, right: string): string[] {
  const moduleOf = (name: string) => name.split('.')[0]
  const names = rights.map((other) => (moduleOf(other) === moduleOf(right) ? other : `${moduleOf(other)}.*`))
  return [...new Set(names)].filter((name) => name !== right)
}

/** What else has to be read on the shortest way to a field that needs this right. */
function toReach(schema: SchemaText, right: string): Grant[] {
  const paths = shortestPaths(schema, 'Query')
  const fields = [...schema.objects.values()].flatMap((type) => type.fields)
  const needed = (field: Field) =>
    (paths.get(field.owner) ?? []).flatMap(({ field: step }) => (step.access.read ? [step.access.read] : []))
  const ways = fields.filter(({ owner, access }) => access.read === right && paths.has(owner)).map(needed)
  const [shortest = []] = ways.sort((one, other) => new Set(one).size - new Set(other).size)
  return granting('read', shortest)
}

/** What else has to be written to set an input that needs this right. */
function toWrite(schema: SchemaText, right: string): Grant[] {
  const ways = [...(schema.objects.get('Mutation')?.fields ?? [])].flatMap((mutation) => {
    const slots = slotsOf(schema, mutation).filter((slot) => slot.input.access.write === right)
    const own = mutation.access.write === right ? [{ ...mutation.access }] : []
    const needs = (access: Access[]) => access.flatMap(({ write }) => (write && write !== right ? [write] : []))
    return [
      ...own.map((access) => needs([access])),
      ...slots.map((slot) => {
        const denied = inputsDenied(schema, mutation, valueFor(schema, mutation, [slot]), granting('write', [right]))
        return [...needs([mutation.access]), ...denied.map((one) => one.right)]
      }),
    ]
  })
  const [shortest = []] = ways.sort((one, other) => new Set(one).size - new Set(other).size)
  return granting('write', shortest)
}

/** The role with this key. */
export function roleOf({ roles }: { roles: readonly Role[] }, key: string): Role {
  const role = roles.find((one) => one.key === key)
  if (!role) throw new Error(`there is no role ${key}`)
  return role
}
