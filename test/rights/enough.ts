import { denialOf } from './checking.ts'
import { type Denied, enoughFor, type Grant } from './grants.ts'
import type { Probe } from './input-pass.ts'
import type { Selected } from './operations.ts'
import type { Role } from './roles.ts'
import type { SchemaText } from './schema-text.ts'

/** A role that holds only what something takes, and all that takes just this. */
export type Enough = { role: Role; reading: Selected[]; probes: Probe[] }

/** The one that has just enough for this; a new one where there is none yet. */
export function enoughBy(schema: SchemaText, selected: Selected, found: Map<string, Enough>): Enough {
  const grants = enoughForField(schema, selected)
  const name = grants
    .map(({ right, read, write }) => `${right}${read ? ' read' : ''}${write ? ' write' : ''}`)
    .sort()
    .join(', ')
  const known = found.get(name)
  if (known) return known
  const added: Enough = { role: { key: `only ${found.size}: ${name}`, grants, enough: true }, reading: [], probes: [] }
  found.set(name, added)
  return added
}

/** What has to be granted for this. */
export const enoughForField = (schema: SchemaText, selected: Selected): Grant[] =>
  enoughFor((grants) => firstDenied(schema, { key: '', grants }, selected))

/** What is denied of this, by the text of the schema: of what is nested, the outermost. */
function firstDenied(schema: SchemaText, role: Role, selected: Selected): readonly Denied[] {
  const denial = denialOf(schema, role, selected)
  if (!denial) return selected.within.flatMap((child) => firstDenied(schema, role, child))
  return 'right' in denial ? [{ path: '', access: 'read', right: denial.right }] : denial.denied
}
