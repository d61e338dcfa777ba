import { Kind, type TypeNode } from 'graphql'
import { type Field, type Input, isList, isNonNull, nameOf, placeOf, type SchemaText } from './schema-text.ts'

/** The arguments of a field, by name. */
export type Arguments = Record<string, unknown>

/** A place in the arguments of a field: the inputs that lead there, from an argument on, and the input itself. */
export type Slot = {
  input: Input
  path: readonly string[]
  /** Whether the way leads through a type that holds itself, such as `and` in a filter. */
  recursive: boolean
  /** Whether something beside it, or beside what it is in, names the right that is needed. */
  beside: boolean
}

/** Values that mean something, by place; whatever isn't here gets a value of its type. */
export type Examples = Readonly<Record<string, unknown>>

const slots = new WeakMap<Field, readonly Slot[]>()

/** Every input field that a field takes at any depth, types that hold themselves once more within themselves. */
export function slotsOf(schema: SchemaText, field: Field): readonly Slot[] {
  const known = slots.get(field) ?? findSlots(schema, field)
  slots.set(field, known)
  return known
}

function findSlots(schema: SchemaText, field: Field): Slot[] {
  const descend = (
    inputs: readonly Input[],
    path: readonly string[],
    seen: readonly string[],
    beside: boolean,
  ): Slot[] => {
    const named = beside || inputs.some((input) => input.named)
    return inputs.flatMap((input) => {
      const type = nameOf(input.type)
      const recursive = new Set(seen).size < seen.length
      const own: Slot = { input, path: [...path, input.name], recursive, beside: named && !input.named }
      const fields = seen.filter((name) => name === type).length < 2 ? schema.inputs.get(type)?.fields : undefined
      return [own, ...descend(fields ?? [], own.path, [...seen, type], named)]
    })
  }
  const guarded = field.inputs.filter(
    (input) => input.access.read || input.access.write || schema.inputs.has(nameOf(input.type)),
  )
  return descend(guarded, [], [], false)
}

/**
 * Arguments with what is required and these slots.
 *
 * @param options.nulls Null in the slots, where that is allowed.
 */
export function valueFor(
  schema: SchemaText,
  field: Field,
  slots: readonly Slot[],
  { nulls = false, examples = {} }: { nulls?: boolean; examples?: Examples } = {},
): Arguments {
  const fill = (inputs: readonly Input[], chosen: readonly Slot[], depth: number): Arguments => {
    const values: Arguments = {}
    for (const input of inputs) {
      const here = chosen.filter(({ path }) => path[depth] === input.name)
      if (here.length === 0 && !input.required) continue
      const deeper = here.filter(({ path }) => path.length > depth + 1)
      values[input.name] = valueIn(input, here.length > 0, deeper, depth)
    }
    return values
  }
  const valueIn = (input: Input, chosen: boolean, deeper: readonly Slot[], depth: number): unknown => {
    const type = schema.inputs.get(nameOf(input.type))
    if (nulls && chosen && deeper.length === 0 && !isNonNull(input.type)) return null
    if (!type) return examples[placeOf(input)] ?? example(schema, input.type)
    if (!type.oneOf) {
      const value = fill(type.fields, deeper, depth + 1)
      return isList(input.type) ? [value] : value
    }
    // Exactly one field in each, so as many objects as there are fields to set; where there can be but one, the first.
    const objects = type.fields.flatMap((one) => {
      const own = deeper.filter(({ path }) => path[depth + 1] === one.name)
      const within = own.filter(({ path }) => path.length > depth + 2)
      return own.length > 0 ? [{ [one.name]: valueIn(one, within.length > 0, within, depth + 1) }] : []
    })
    if (isList(input.type)) return objects
    const [any] = type.fields
    return objects[0] ?? (any && { [any.name]: valueIn(any, false, [], depth + 1) })
  }
  return fill(field.inputs, slots, 0)
}

/** Whether a slot can be null: its type says so, and so does the object that it is in. */
export const canBeNull = (schema: SchemaText, { input }: Slot): boolean =>
  !isNonNull(input.type) && !schema.inputs.get(input.owner)?.oneOf

const globalId = Buffer.from('Contact:00000000-0000-4000-8000-000000000000').toString('base64')

const scalars: Record<string, unknown> = {
  ID: globalId,
  Int: 1,
  SafeInt: 1,
  Float: 0.5,
  Boolean: true,
  String: 'matrix',
  Date: '1980-01-02',
  DateTime: '2001-02-03T04:05:06.000Z',
  JSON: {},
  Decimal: '1.5',
}

function example(schema: SchemaText, type: TypeNode): unknown {
  if (isList(type)) return [example(schema, itemOf(type))]
  const name = nameOf(type)
  const value = schema.enums.get(name)?.[0] ?? scalars[name]
  if (value === undefined) throw new Error(`no value is known for the scalar ${name}`)
  return value
}

const itemOf = (type: TypeNode): TypeNode =>
  type.kind === Kind.NON_NULL_TYPE ? itemOf(type.type) : type.kind === Kind.LIST_TYPE ? type.type : type
