import { type ConstDirectiveNode, Kind, parse, type TypeNode } from 'graphql'

/** The rights that the text of the schema names for a place. */
export type Access = { read?: string; write?: string }

/** An input field or an argument. */
export type Input = {
  owner: string
  name: string
  type: TypeNode
  access: Access
  required: boolean
  /** Its value names a custom field, whose right is needed for this. */
  named?: 'read' | 'write' | undefined
}

export type Field = {
  owner: string
  name: string
  type: TypeNode
  access: Access
  /** Whether the field has a right of its own, rather than its type's. */
  own: boolean
  inputs: readonly Input[]
}

export type OutputType = { name: string; access: Access; interfaces: readonly string[]; fields: readonly Field[] }
export type InputType = { name: string; oneOf: boolean; fields: readonly Input[] }

/** What the text of a schema says, read without any code of the product. */
export type SchemaText = {
  objects: ReadonlyMap<string, OutputType>
  interfaces: ReadonlySet<string>
  inputs: ReadonlyMap<string, InputType>
  enums: ReadonlyMap<string, readonly string[]>
  /** Every right that stands somewhere. */
  rights: readonly string[]
}

/** Reads the text of `schema.graphql`. */
export function readSchemaText(text: string): SchemaText {
  const objects = new Map<string, OutputType>()
  const interfaces = new Set<string>()
  const inputs = new Map<string, InputType>()
  const enums = new Map<string, string[]>()
  for (const node of parse(text).definitions) {
    if (node.kind === Kind.ENUM_TYPE_DEFINITION)
      enums.set(
        node.name.value,
        (node.values ?? []).map((v) => v.name.value),
      )
    if (node.kind === Kind.INTERFACE_TYPE_DEFINITION) interfaces.add(node.name.value)
    if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
      const name = node.name.value
      const access = accessOf(node.directives)
      const fields = (node.fields ?? []).map((field) => readInput(name, field, access))
      inputs.set(name, { name, oneOf: Boolean(node.directives?.some((d) => d.name.value === 'oneOf')), fields })
    }
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION) {
      const name = node.name.value
      const access = accessOf(node.directives) ?? {}
      const fields = (node.fields ?? []).map((field) => {
        const own = accessOf(field.directives)
        const place = `${name}.${field.name.value}`
        return {
          owner: name,
          name: field.name.value,
          type: field.type,
          access: own ?? access,
          own: own !== undefined,
          inputs: (field.arguments ?? []).map((argument) => readInput(place, argument, undefined)),
        }
      })
      objects.set(name, { name, access, interfaces: (node.interfaces ?? []).map((i) => i.name.value), fields })
    }
  }
  return { objects, interfaces, inputs, enums, rights: rightsIn(objects, inputs) }
}

type InputNode = {
  description?: { value: string } | undefined
  name: { value: string }
  type: TypeNode
  defaultValue?: unknown
  directives?: readonly ConstDirectiveNode[] | undefined
}

const readInput = (owner: string, node: InputNode, ofType: Access | undefined): Input => ({
  owner,
  name: node.name.value,
  type: node.type,
  access: accessOf(node.directives) ?? ofType ?? {},
  required: node.type.kind === Kind.NON_NULL_TYPE && node.defaultValue === undefined,
  named: /Right: (read|write) `fields\.<key>`/.exec(node.description?.value ?? '')?.[1] as Input['named'],
})

function accessOf(directives: readonly ConstDirectiveNode[] | undefined): Access | undefined {
  const auth = directives?.find((directive) => directive.name.value === 'auth')
  if (!auth) return undefined
  const access: Access = {}
  for (const { name, value } of auth.arguments ?? []) {
    if (value.kind !== Kind.STRING) throw new Error('a right is a text')
    access[name.value === 'read' ? 'read' : 'write'] = value.value
  }
  return access
}

function rightsIn(objects: ReadonlyMap<string, OutputType>, inputs: ReadonlyMap<string, InputType>): string[] {
  const fields = [...objects.values()].flatMap((type) => type.fields)
  const places = [
    ...fields,
    ...fields.flatMap((field) => field.inputs),
    ...[...inputs.values()].flatMap((i) => i.fields),
  ]
  return [
    ...new Set(places.flatMap(({ access }) => [access.read, access.write].filter((right) => right !== undefined))),
  ].sort()
}

/** The name of the type within lists and exclamation marks. */
export const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type))

export const isNonNull = (type: TypeNode): boolean => type.kind === Kind.NON_NULL_TYPE

export const isList = (type: TypeNode): boolean =>
  type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && isList(type.type))

/** `Contact.emails`: how fields and input fields are called here. */
export const placeOf = ({ owner, name }: { owner: string; name: string }): string => `${owner}.${name}`
