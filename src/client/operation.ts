import {
  type GraphQLField,
  GraphQLNonNull,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isNonNullType,
  parse,
  print,
} from 'graphql'
import { selectionOf } from './selection.ts'
import { commentOf, inputType, isOptional, outputType, type Shapes } from './types.ts'

/** How one operation stands in the client. */
export type Operation = { signature: string; implementation: string }

/** The function for a root field. What it takes and gives is added to the shapes. */
export function operationOf(schema: GraphQLSchema, name: string, shapes: Shapes): Operation {
  const mutation = schema.getMutationType()?.getFields()[name]
  const field = mutation ?? schema.getQueryType()?.getFields()[name]
  if (!field) throw new Error(`The schema has no ${name}: the client can't be made.`)
  const { selection, optIns } = selectionOf(field.type, shapes)
  const document = documentOf(field, mutation ? 'mutation' : 'query', selection, optIns)
  const { parameter, hasKey, variables } = parameterOf(field, shapes)
  const wished = optIns.map((optIn) => `${optIn}: options?.${optIn} ?? false`)
  const sent = hasKey ? `input, ${object(wished)}` : object([variables, ...wished])
  const options = optIns.length > 0 ? ` & { ${optIns.map((optIn) => `${optIn}?: boolean`).join('; ')} }` : ''
  const result = outputType(new GraphQLNonNull(getNullableType(field.type))) // Without one, it throws.
  return {
    signature: `${commentOf(field.description, '  ')}  ${name}(${parameter}, options?: CallOptions${options}): Promise<${result}>`,
    implementation: `    ${name}: (input, options) =>
      ${hasKey ? 'act' : 'ask'}('${name}', \`${document}\`, ${sent}, options),`,
  }
}

const object = (members: readonly string[]) => (members.length > 0 ? `{ ${members.join(', ')} }` : '{}')

function documentOf(
  { name, args }: GraphQLField<unknown, unknown>,
  kind: 'mutation' | 'query',
  selection: string,
  optIns: readonly string[],
) {
  const list = (parts: readonly string[]) => (parts.length > 0 ? `(${parts.join(', ')})` : '')
  const variables = [
    ...args.map((argument) => `$${argument.name}: ${argument.type}`),
    ...optIns.map((optIn) => `$${optIn}: Boolean = false`),
  ]
  const passed = args.map((argument) => `${argument.name}: $${argument.name}`)
  return print(parse(`${kind} ${name}${list(variables)} { ${name}${list(passed)} ${selection} }`))
}

/** An operation that takes an `input` and nothing else is called with that; others with their arguments by name. */
function parameterOf({ args }: GraphQLField<unknown, unknown>, shapes: Shapes) {
  const [only, ...others] = args
  const input = only && isNonNullType(only.type) ? only.type.ofType : undefined
  if (only?.name === 'input' && others.length === 0 && isInputObjectType(input)) {
    const type = inputType(only.type, shapes)
    const hasKey = input.getFields()['idempotencyKey'] !== undefined
    return { parameter: `input: ${hasKey ? `WithKey<${type}>` : type}`, hasKey, variables: 'input' }
  }
  const parts = args.map((each) => `${each.name}${isOptional(each) ? '?' : ''}: ${inputType(each.type, shapes)}`)
  const question = args.every(isOptional) ? '?' : ''
  return { parameter: `input${question}: { ${parts.join('; ')} }`, hasKey: false, variables: '...input' }
}
