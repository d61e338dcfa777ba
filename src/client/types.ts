import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'

/** The types that the client has so far, as text, by name. */
export type Shapes = { leaves: Map<string, string>; inputs: Map<string, string>; outputs: Map<string, string> }

// As they are in JSON.
const scalars: Readonly<Record<string, string>> = {
  ID: 'string',
  String: 'string',
  Boolean: 'boolean',
  Int: 'number',
  Float: 'number',
  SafeInt: 'number',
  Decimal: 'string',
  Date: 'string',
  DateTime: 'string',
  CountryCode: 'string',
  URL: 'string',
  JSON: 'unknown',
}

/** All of them, in order. */
export const typeTexts = ({ leaves, inputs, outputs }: Shapes): string[] => [
  ...leaves.values(),
  ...inputs.values(),
  ...outputs.values(),
]

/** A scalar's type, or the name of an enum, which is added to the shapes. */
export function leafType(type: GraphQLLeafType, { leaves }: Shapes): string {
  if (isEnumType(type)) {
    const values = type.getValues().map(({ name, description }) => `${commentOf(description, '  ')}  | '${name}'`)
    leaves.set(type.name, `${commentOf(type.description)}export type ${type.name} =\n${values.join('\n')}`)
    return type.name
  }
  const scalar = scalars[type.name]
  if (!scalar) throw new Error(`The client does not know how ${type.name} looks in JSON.`)
  return scalar
}

/** The type of an input; what it consists of is added to the shapes. */
export function inputType(type: GraphQLInputType, shapes: Shapes): string {
  if (isNonNullType(type)) return bare(type.ofType)
  return `${bare(type)} | null`

  function bare(given: GraphQLInputType): string {
    if (isListType(given)) return `readonly ${inArray(inputType(given.ofType, shapes))}[]`
    if (isLeafType(given)) return leafType(given, shapes)
    if (isInputObjectType(given)) addInput(given, shapes)
    return String(given)
  }
}

function addInput(type: GraphQLInputObjectType, shapes: Shapes) {
  if (shapes.inputs.has(type.name)) return
  shapes.inputs.set(type.name, '') // Its place; inputs may hold themselves.
  const fields = Object.values(type.getFields()).map((field) => {
    const question = isOptional(field) ? '?' : ''
    return `${commentOf(field.description, '  ')}  ${field.name}${question}: ${inputType(field.type, shapes)}`
  })
  shapes.inputs.set(type.name, `${commentOf(type.description)}export type ${type.name} = {\n${fields.join('\n')}\n}`)
}

/** The type of a result. */
export function outputType(type: GraphQLOutputType): string {
  if (isNonNullType(type)) return bare(type.ofType)
  return `${bare(type)} | null`

  function bare(given: GraphQLOutputType): string {
    if (isListType(given)) return `${inArray(outputType(given.ofType))}[]`
    return isLeafType(given) && !isEnumType(given) ? (scalars[given.name] ?? 'unknown') : String(given)
  }
}

const inArray = (type: string) => (type.includes(' ') ? `(${type})` : type)

/** Whether it may be left out. */
export const isOptional = (input: GraphQLArgument | GraphQLInputField): boolean =>
  !(isNonNullType(input.type) && input.defaultValue === undefined)

/** A description as a comment; rights are the server's business. */
export function commentOf(description: string | null | undefined, indent = ''): string {
  const lines = (description ?? '')
    .replaceAll(/\n*^Right: .*$/gm, '')
    .replaceAll('*/', '* /')
    .trim()
    .split('\n')
  if (lines.length === 1) return lines[0] ? `${indent}/** ${lines[0]} */\n` : ''
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`
}
