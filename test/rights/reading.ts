import { denialOf } from './checking.ts'
import type { Form, Selected } from './operations.ts'
import type { Way } from './paths.ts'
import type { Role } from './roles.ts'
import { type Field, isNonNull, nameOf, type SchemaText } from './schema-text.ts'
import { type Examples, valueFor } from './values.ts'

export const forms: readonly Form[] = ['plain', 'inline', 'named']

/** Ids of seeded objects, by type. */
export type Ids = Readonly<Record<string, readonly string[]>>

/**
 * How to ask for all fields of the type at the end of a way: which of the seeded ids to begin with, in which forms. `again`:
 * there was another way before.
 */
export type Reading = { way: Way; id: number; forms: readonly Form[]; again?: boolean }

/**
 * Root fields that ask for every field of a type, each in each form. A denied field that can't be null takes its object
 * along, so it gets a root field of its own, and the others show whether they are right.
 */
export function readingFor(
  schema: SchemaText,
  role: Role,
  reading: Reading,
  world: { ids: Ids; examples: Examples },
): Selected[] {
  // Whoever looks out for what should not be there sees as much in one form, by the first way.
  if (role.looksOut && reading.again) return []
  const all = fieldsOf(schema, reading, world).flatMap((inForms, index) =>
    role.looksOut ? inForms.filter((_, form) => form === index % inForms.length) : inForms,
  )
  const along = (within: readonly Selected[]) => wayWith(schema, reading, within, world)
  if (isDeniedOnTheWay(schema, role, along(all), reading.way.steps.length)) return inParts(all).map(along)
  const isDenied = (selected: Selected) => denialOf(schema, role, selected) !== undefined
  const alone = all.filter((selected) => isNonNull(selected.field.type) && isDenied(selected))
  const safe = all.filter((selected) => !alone.includes(selected) && (role.lacks === undefined || isDenied(selected)))
  return [...inParts(safe).map(along), ...alone.map((selected) => along([selected]))]
}

/** The fields at the end of a way, each in all forms. */
export function fieldsOf(schema: SchemaText, { way, forms }: Reading, world: { examples: Examples }): Selected[][] {
  const label = isByNode(way) ? { label: 'node' } : {}
  const fields = schema.objects.get(way.to)?.fields ?? []
  return fields.map((field) => forms.map((form) => ({ ...select(schema, field, form, world), ...label })))
}

export const isByNode = ({ steps }: Way) => steps.some(({ field }) => nameOf(field.type) === 'Node')

/** So many fields that each part fits into an operation. */
export const inParts = (fields: readonly Selected[]) =>
  Array.from({ length: Math.ceil(fields.length / 80) }, (_, part) => fields.slice(part * 80, (part + 1) * 80))

/** A root field that asks for these fields at the end of a way. */
export function wayWith(
  schema: SchemaText,
  { way, id }: Reading,
  within: readonly Selected[],
  world: { ids: Ids; examples: Examples },
) {
  const [first, ...others] = way.steps.toReversed()
  if (!first) throw new Error('a way has steps')
  const last = selectStep(schema, first, within, id, world)
  return others.reduce((inner, step) => selectStep(schema, step, [inner], id, world), last)
}

function selectStep(
  schema: SchemaText,
  { field, to }: Way['steps'][number],
  within: readonly Selected[],
  id: number,
  { ids, examples }: { ids: Ids; examples: Examples },
): Selected {
  const given = ids[to]
  const key = examples[`key of ${to}`]
  const known = {
    ...(given && { [`${field.owner}.${field.name}.id`]: given[Math.min(id, given.length - 1)] }),
    ...(key !== undefined && { [`${field.owner}.${field.name}.key`]: key }),
  }
  return {
    alias: field.name,
    field,
    form: 'plain',
    // Before the others, of which there may be thousands: too many to be copied each time.
    arguments: argumentsOf(schema, field, Object.assign(Object.create(examples), known)),
    to,
    within,
  }
}

/** Asks for one field and nothing within it. */
export const select = (
  schema: SchemaText,
  field: Field,
  form: Form,
  { examples }: { examples: Examples },
): Selected => ({
  alias: `${form}_${field.name}`,
  field,
  form,
  arguments: argumentsOf(schema, field, examples),
  to: schema.objects.has(nameOf(field.type)) || schema.interfaces.has(nameOf(field.type)) ? nameOf(field.type) : null,
  within: [],
})

/** What is required, and pages that are small. */
function argumentsOf(schema: SchemaText, field: Field, examples: Examples) {
  const whole = examples[`${field.owner}.${field.name}`]
  if (typeof whole === 'function') return whole()
  const paged = field.inputs.some(({ name }) => name === 'first')
  return { ...valueFor(schema, field, [], { examples }), ...(paged && { first: 40 }) }
}

function isDeniedOnTheWay(schema: SchemaText, role: Role, selected: Selected, steps: number): boolean {
  if (steps === 0) return false
  const [next] = selected.within
  return (
    Boolean(denialOf(schema, role, selected)) || (next !== undefined && isDeniedOnTheWay(schema, role, next, steps - 1))
  )
}
