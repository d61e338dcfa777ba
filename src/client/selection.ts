import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
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
export function selectionOf(type: GraphQLOutputType, shapes: Shapes): Selection {
  const optIns = new Set<string>()

  /** `way`: the types that lead here, and the rights that were needed for that. */
  const ofType = (output: GraphQLOutputType, way: readonly string[]): string => {
    const named = getNamedType(output)
    if (isObjectType(named)) return `{ ${ofObject(named, way)} }`
    if (!isLeafType(named)) throw new Error(`The client does not know how to ask for ${named.name}, of several types.`)
    leafType(named, shapes)
    return ''
  }

  const ofObject = (object: GraphQLObjectType, way: readonly string[]): string => {
    const fields = fieldsOf(object).filter(({ type }) => !way.includes(getNamedType(type).name))
    const parts = fields.map((field) => {
      const { name, description, type } = field
      const isOptIn = isExtra(field, way)
      if (isOptIn) optIns.add(name)
      const further = ofType(type, [...way, object.name, effectiveAuth(field).read ?? ''])
      return {
        asked: `${name}${isOptIn ? ` @include(if: $${name})` : ''} ${further}`,
        said: `${commentOf(description, '  ')}  ${name}${isOptIn ? '?' : ''}: ${outputType(type)}`,
      }
    })
    const text = `${commentOf(object.description)}export type ${object.name} = {\n${parts.map(({ said }) => said).join('\n')}\n}`
    const former = shapes.outputs.get(object.name)
    if (former && former !== text) throw new Error(`${object.name} is two things in the client: in a circle, perhaps.`)
    shapes.outputs.set(object.name, text)
    return parts.map(({ asked }) => asked).join(' ')
  }

  return { selection: ofType(type, []), optIns: [...optIns] }
}

// It comes when the call's entries are in the tree of the log, which takes a while.
const slow: readonly string[] = ['AuditReceipt']

/**
 * Whether it is asked for only where somebody says so: what takes a right of another module, which a partner may lack (being
 * refused would be logged at each call), and what is slow.
 */
function isExtra(field: GraphQLField<unknown, unknown>, way: readonly string[]) {
  const { read } = effectiveAuth(field)
  const isForeign = read !== undefined && !read.startsWith('consent.') && !way.includes(read)
  return isForeign || slow.includes(getNamedType(field.type).name)
}

/** What is asked for of an object: what needs no arguments and is no list by pages. */
function fieldsOf(object: GraphQLObjectType): GraphQLField<unknown, unknown>[] {
  const fields = Object.values(object.getFields())
  if (object.getInterfaces().some(({ name }) => name === 'Node')) return fields.filter(({ name }) => name === 'id')
  return fields.filter(
    ({ args, type }) => !args.some(isRequiredArgument) && !getNamedType(type).name.endsWith('Connection'),
  )
}
