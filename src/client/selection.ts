import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { effectiveAuth } from '../graphql/auth/directive.ts'
import { commentOf, leafType, outputType, type Shapes } from './types.ts'

/** What to ask for in an operation. `optIns`: fields that take further rights, asked for where somebody says so. */
export type Selection = { selection: string; optIns: readonly string[] }

/**
 * Everything that a result of this type tells, down to the leaves; of objects that are no part of it, but have ids of their
 * own, the id. The types are added to the shapes.
 */
export function selectionOf(schema: GraphQLSchema, type: GraphQLOutputType, shapes: Shapes): Selection {
  const optIns = new Set<string>()

  const ofType = (output: GraphQLOutputType, above: readonly string[]): string => {
    const named = getNamedType(output)
    if (isLeafType(named)) {
      leafType(named, shapes)
      return ''
    }
    if (isObjectType(named)) return `{ ${ofObject(named, above)} }`
    if (!isAbstractType(named)) return ''
    const possible = schema.getPossibleTypes(named)
    shapes.outputs.set(
      named.name,
      `export type ${named.name} =\n${possible.map(({ name }) => `  | ${name}`).join('\n')}`,
    )
    return `{ __typename ${possible.map((each) => `... on ${each.name} { ${ofObject(each, above, true)} }`).join(' ')} }`
  }

  const ofObject = (object: GraphQLObjectType, above: readonly string[], isOneOf = false): string => {
    const fields = fieldsOf(object).filter(({ type }) => !above.includes(getNamedType(type).name))
    const parts = fields.map((field) => {
      const optIn = takesFurtherRight(field) ? field.name : undefined
      if (optIn) optIns.add(optIn)
      const asked = `${field.name}${optIn ? ` @include(if: $${optIn})` : ''} ${ofType(field.type, [...above, object.name])}`
      const said = `${commentOf(field.description, '  ')}  ${field.name}${optIn ? '?' : ''}: ${outputType(field.type)}`
      return { asked, said }
    })
    const members = [...(isOneOf ? [`  __typename: '${object.name}'`] : []), ...parts.map(({ said }) => said)]
    const text = `${commentOf(object.description)}export type ${object.name} = {\n${members.join('\n')}\n}`
    const former = shapes.outputs.get(object.name)
    if (former && former !== text) throw new Error(`${object.name} is two things in the client: in a circle, perhaps.`)
    shapes.outputs.set(object.name, text)
    return parts.map(({ asked }) => asked).join(' ')
  }

  return { selection: ofType(type, []), optIns: [...optIns] }
}

/** Whether the right of another module guards it, which a partner may lack: being refused would be logged at each call. */
function takesFurtherRight(field: GraphQLField<unknown, unknown>) {
  const { read } = effectiveAuth(field)
  return read !== undefined && !read.startsWith('consent.')
}

/** What is asked for of an object: what needs no arguments and is no list by pages. */
function fieldsOf(object: GraphQLObjectType): GraphQLField<unknown, unknown>[] {
  const fields = Object.values(object.getFields())
  if (object.getInterfaces().some(({ name }) => name === 'Node')) return fields.filter(({ name }) => name === 'id')
  return fields.filter(
    ({ args, type }) => !args.some(isRequiredArgument) && !getNamedType(type).name.endsWith('Connection'),
  )
}
