import { getFieldDef } from '@graphql-tools/executor'
import { collectFields, collectSubFields, getArgumentValues } from '@graphql-tools/utils'
import {
  type DocumentNode,
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNullableType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
  visit,
} from 'graphql'
import { type Complete, completeOf, isTextType } from './complete.ts'

/** The variables of an operation, coerced. */
export type Variables = Record<string, unknown>

/** What of an operation is the same each time it runs: who resolves which field, with which arguments, and what becomes of the value. */
export type OperationPlan = {
  schema: GraphQLSchema
  operation: OperationDefinitionNode
  fragments: Record<string, FragmentDefinitionNode>
  rootType: GraphQLObjectType
  /** The names of the variables that say whether fields are there (`@skip`, `@include`). */
  conditions: readonly string[]
  /** The fields of the root, by the values of these. */
  selections: Map<string, Selection>
}

/** The fields of an object. */
export type Selection = {
  fields: readonly FieldPlan[]
  Answer: new () => Answer
  /** What resolves them in the run that it was last asked for: see `resolversFor`. */
  resolvers: readonly RunResolver[]
  resolversOf: object | undefined
}

/** What resolves a field for whoever calls. */
export type RunResolver = { resolve: GraphQLFieldResolver<unknown, unknown>; isPlain: boolean }

/** The answer of an object, by the names that its fields have in the operation. */
export type Answer = Record<string, unknown>

/** A field at one place of an operation. */
export type FieldPlan = {
  key: string
  nodes: FieldNode[]
  definition: GraphQLField<unknown, unknown>
  parentType: GraphQLObjectType
  resolve: GraphQLFieldResolver<unknown, unknown>
  /** Its resolver doesn't ask where it stands. */
  isPlain: boolean
  /** The arguments. Throws for those that aren't valid. */
  argumentsFor: (variables: Variables) => Record<string, unknown>
  complete: Complete
  isNullable: boolean
  /** Whether its values are text that goes out as it is. */
  isText: boolean
  /** What it selects of each type that its values may have. */
  selectionOf: (type: GraphQLObjectType) => Selection
}

/** Plans an operation, to be run any number of times. */
export function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationPlan {
  const rootType = schema.getRootType(operation.operation)
  if (!rootType) throw new Error(`The schema has no ${operation.operation}.`)
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const part of document.definitions) if (part.kind === Kind.FRAGMENT_DEFINITION) fragments[part.name.value] = part
  return { schema, operation, fragments, rootType, conditions: conditionsOf(document), selections: new Map() }
}

// A document has as many of them as its conditions have outcomes. Clients use few; whoever tries all shall not fill the memory.
const remembered = 4

/** What the root selects, by the values of variables that decide which fields there are. */
export function rootSelection(plan: OperationPlan, variables: Variables): Selection {
  const { schema, operation, fragments, rootType, conditions, selections } = plan
  const deciding = Object.fromEntries(Object.entries(variables).filter(([name]) => conditions.includes(name)))
  const key = conditions.length > 0 ? JSON.stringify(deciding) : ''
  const known = selections.get(key)
  if (known) return known
  const { fields } = collectFields(schema, fragments, asCoerced(deciding), rootType, operation.selectionSet)
  const selection = planSelection(plan, deciding, rootType, fields)
  if (selections.size < remembered) selections.set(key, selection)
  return selection
}

const asCoerced = (coerced: Variables) => ({ coerced, sources: {} })

function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'skip' && name.value !== 'include') return
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}

function planSelection(
  plan: OperationPlan,
  variables: Variables,
  parentType: GraphQLObjectType,
  collected: ReadonlyMap<string, FieldNode[]>,
): Selection {
  // Objects of one selection are alike, so that the engine knows their shape; they inherit nothing, whatever their fields are called.
  function Answer() {}
  Answer.prototype = Object.create(null)
  return {
    fields: [...collected].flatMap(([key, nodes]) => planField(plan, variables, parentType, key, nodes) ?? []),
    Answer: Answer as unknown as Selection['Answer'],
    resolvers: [],
    resolversOf: undefined,
  }
}

function planField(
  plan: OperationPlan,
  variables: Variables,
  parentType: GraphQLObjectType,
  key: string,
  nodes: FieldNode[],
): FieldPlan | undefined {
  const [first] = nodes
  const definition = first && getFieldDef(plan.schema, parentType, first)
  if (!definition) return undefined
  const known = new Map<GraphQLObjectType, Selection>()
  return {
    key,
    nodes,
    definition,
    parentType,
    resolve: definition.resolve ?? defaultFieldResolver,
    isPlain: 'reads' in definition.extensions || 'pothosExposedField' in definition.extensions,
    argumentsFor: argumentsOf(definition, first),
    complete: completeOf(definition.type),
    isNullable: !isNonNullType(definition.type),
    isText: isTextType(getNullableType(definition.type)),
    selectionOf: (type) => {
      const there = known.get(type)
      if (there) return there
      const { fields } = collectSubFields(plan.schema, plan.fragments, asCoerced(variables), type, nodes)
      const selection = planSelection(plan, variables, type, fields)
      known.set(type, selection)
      return selection
    },
  }
}

const none = Object.freeze({})

/** Arguments without variables are the same each time; what they are is found out when they are first needed. */
function argumentsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): FieldPlan['argumentsFor'] {
  if (definition.args.length === 0) return () => none
  if (node.arguments?.some(({ value }) => hasVariable(value))) {
    return (variables) => getArgumentValues(definition, node, variables)
  }
  let known: Record<string, unknown> | undefined
  return () => {
    known ??= frozen(getArgumentValues(definition, node))
    return { ...known }
  }
}

/** What many requests share none of them may change. */
function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (isPlain(part)) frozen(part)
  return Object.freeze(value)
}

const isPlain = (value: unknown): value is object =>
  Array.isArray(value) ||
  (typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value)))

function hasVariable(value: ValueNode): boolean {
  if (value.kind === Kind.VARIABLE) return true
  if (value.kind === Kind.LIST) return value.values.some(hasVariable)
  return value.kind === Kind.OBJECT && value.fields.some((field) => hasVariable(field.value))
}
