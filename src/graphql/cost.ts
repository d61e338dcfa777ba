import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit'
import { type DocumentNode, type GraphQLError, type IntValueNode, Kind, validate, visit } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/**
 * Refuses operations that cost too much. Variables are put in before counting: else `first: $first` would count as one
 * object, whatever its value.
 */
export function useCostLimit(maxCost: number, refuse: (error: GraphQLError) => never): Plugin {
  const rules = [costLimitRule({ maxCost, onReject: [(_context, error) => refuse(error)] })]
  const passed = new WeakSet<DocumentNode>()
  return {
    onExecute({ args: { schema, document, variableValues } }) {
      if (passed.has(document)) return
      const sized = withSizes(document, { ...variableValues })
      validate(schema, sized, rules)
      if (sized === document) passed.add(document) // It costs the same whatever its variables are.
    },
  }
}

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
      const literal: IntValueNode = { kind: Kind.INT, value: String(size) }
      return { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name.value }, value: literal }
    },
  })
}
