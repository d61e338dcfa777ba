import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit'
import {
  type ArgumentNode,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { pageSize } from './builder.ts'

/**
 * Refuses operations that cost too much. Variables are put in before counting, and so is the page size that holds where
 * none is given: else either would count as one object.
 */
export function useCostLimit(maxCost: number, refuse: (error: GraphQLError) => never): Plugin {
  const rules = [costLimitRule({ maxCost, onReject: [(_context, error) => refuse(error)] })]
  const passed = new WeakSet<DocumentNode>()
  const check = ({ schema, document, variableValues }: Counted) => {
    if (passed.has(document)) return
    const sized = withDefaults(
      schema,
      withSizes(document, { ...(typeof variableValues === 'object' && variableValues) }),
    )
    validate(schema, sized, rules)
    if (
      document.definitions.every(
        (part: DefinitionNode) => !('variableDefinitions' in part) || !part.variableDefinitions?.length,
      )
    ) {
      passed.add(document) // Without variables it costs the same each time.
    }
  }
  return { onExecute: ({ args }) => check(args), onSubscribe: ({ args }) => check(args) }
}

type Counted = { schema: GraphQLSchema; document: DocumentNode; variableValues?: unknown }

/** The document with the usual page size on every list that takes one and was given none. */
function withDefaults(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const types = new TypeInfo(schema)
  return visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const paged = types.getFieldDef()?.args.some(({ name }) => name === 'first')
        const given = node.arguments?.some(({ name }) => name.value === 'first' || name.value === 'last')
        if (!paged || given) return undefined
        return { ...node, arguments: [...(node.arguments ?? []), sizeArgument('first', pageSize.default)] }
      },
    }),
  )
}

const sizeArgument = (name: string, size: number): ArgumentNode => ({
  kind: Kind.ARGUMENT,
  name: { kind: Kind.NAME, value: name },
  value: { kind: Kind.INT, value: String(size) },
})

/** The document with the variables of `first` and `last` replaced by their values. */
function withSizes(document: DocumentNode, given: Readonly<Record<string, unknown>>): DocumentNode {
  const defaults = new Map<string, unknown>()
  return visit(document, {
    VariableDefinition({ variable, defaultValue }) {
      if (defaultValue?.kind === Kind.INT) defaults.set(variable.name.value, Number(defaultValue.value))
      return false
    },
    Argument({ name, value }) {
      if (value.kind !== Kind.VARIABLE || !['first', 'last'].includes(name.value)) return false
      const size = given[value.name.value] ?? defaults.get(value.name.value)
      if (typeof size !== 'number') return null // Not given: as if it weren't there, or the count would stop at it.
      return sizeArgument(name.value, size)
    },
  })
}
