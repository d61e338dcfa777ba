import { type Field, type Input, nameOf, type SchemaText } from './schema-text.ts'
import type { Arguments } from './values.ts'

/** What a role grants, as it is stored. */
export type Grant = { right: string; read: boolean; write: boolean }

/** Whether the grants allow this: what the design says about them, in other words than the product's. */
export function allows(grants: readonly Grant[], access: 'read' | 'write', right: string): boolean {
  const ofGrants = answers.get(grants) ?? new Map<string, boolean>()
  answers.set(grants, ofGrants)
  const question = `${access} ${right}`
  const known = ofGrants.get(question)
  if (known !== undefined) return known
  const answer = grants.some((grant) => grant[access] && patternOf(grant.right).test(right))
  ofGrants.set(question, answer)
  return answer
}

// It is asked for millions of times.
const answers = new WeakMap<readonly Grant[], Map<string, boolean>>()

const patterns = new Map<string, RegExp>()

/** What a grant names, with its stars */
function patternOf(granted: string): RegExp {
  const known = patterns.get(granted)
  if (known) return known
  const parts = granted.split('.').map((part) => (part === '*' ? '.+' : part.replaceAll(/\W/g, '\\$&')))
  const pattern = new RegExp(`^${parts.join('\\.')}$`)
  patterns.set(granted, pattern)
  return pattern
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

/** What has to be granted until nothing is denied. */
export function enoughFor(denied: (grants: readonly Grant[]) => readonly Denied[]): Grant[] {
  let grants: Grant[] = []
  for (;;) {
    const missing = denied(grants)
    if (missing.length === 0) return grants
    grants = together([...grants, ...missing.flatMap(({ access, right }) => granting(access, [right]))])
  }
}

/** An input that may not be used, as `extensions.denied` names it. */
export type Denied = { path: string; access: 'read' | 'write'; right: string }

/** What of these arguments somebody with these grants may not use, by the text of the schema; of what is nested, the outermost. */
export function inputsDenied(schema: SchemaText, field: Field, values: Arguments, grants: readonly Grant[]): Denied[] {
  const inside = (input: Input, value: unknown, path: string): Denied[] => {
    const fields = schema.inputs.get(nameOf(input.type))?.fields
    if (!fields || typeof value !== 'object' || value === null) return []
    if (Array.isArray(value)) return value.flatMap((item, index) => inside(input, item, `${path}.${index}`))
    return among(fields, { ...value }, `${path}.`)
  }
  const among = (inputs: readonly Input[], given: Arguments, prefix: string): Denied[] =>
    inputs.flatMap((input): Denied[] => {
      if (!(input.name in given)) return []
      const path = prefix + input.name
      const needed = { ...input.access, ...(input.named && { [input.named]: `fields.${given[input.name]}` }) }
      const lacking = (['read', 'write'] as const).flatMap((access) => {
        const right = needed[access]
        return right && !allows(grants, access, right) ? [{ path, access, right }] : []
      })
      return lacking.length > 0 ? lacking.slice(0, 1) : inside(input, given[input.name], path)
    })
  const { write } = field.access
  const whole: Denied[] =
    field.owner === 'Mutation' && write && !allows(grants, 'write', write)
      ? [{ path: field.name, access: 'write', right: write }]
      : []
  return [...whole, ...among(field.inputs, values, '')]
}
