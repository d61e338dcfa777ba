import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit'
import {
  type ArgumentNode,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Exchange } from '../http/exchange.ts'
import type { Answer, Head } from '../http/reply.ts'
import { pageSize } from './builder.ts'

type ServerContext = { exchange: Exchange }

/** The header that tells what an operation cost; in a request, `show` asks to be told in the answer’s extensions, too. */
export const costHeader = 'lethe-cost'

/** What operations cost. Throws what `refuse` does for those that cost too much. */
export type Costs = ReturnType<typeof createCosts>

/**
 * Counts what operations cost. Variables are put in before counting, and so is the page size that holds where none is given: else either
 * would count as one object.
 */
export function createCosts(maxCost: number, refuse: (error: GraphQLError) => never) {
  const passed = new WeakMap<DocumentNode, { sizes: readonly string[]; costs: Map<string, number> }>()
  const look = ({ document, variableValues }: Pick<Counted, 'document' | 'variableValues'>) => {
    const entry = passed.get(document) ?? { sizes: sizesOf(document), costs: new Map<string, number>() }
    passed.set(document, entry)
    const given: Record<string, unknown> = { ...(typeof variableValues === 'object' && variableValues) }
    // It costs the same with each variable that is no size.
    const { sizes, costs } = entry
    return { costs, given, key: sizes.length > 0 ? JSON.stringify(sizes.map((name) => given[name] ?? null)) : '' }
  }
  const of = ({ schema, document, variableValues }: Counted): number => {
    const { costs, given, key } = look({ document, variableValues })
    const last = costs.get(key)
    if (last !== undefined) return last
    const cost = count(schema, withDefaults(schema, withSizes(document, given)), maxCost, refuse)
    if (costs.size < remembered) costs.set(key, cost)
    return cost
  }
  /** What it costs, if that was counted before. */
  const known = (operation: Pick<Counted, 'document' | 'variableValues'>): number | undefined => {
    const { costs, key } = look(operation)
    return costs.get(key)
  }
  return { maxCost, of, known }
}

/** Refuses operations that cost too much, and tells what others cost. */
export function useCostLimit({ maxCost, of }: Costs): Plugin<ServerContext, ServerContext> {
  const check = (args: Counted & { contextValue: ServerContext }) => {
    args.contextValue.exchange.cost = of(args)
  }
  return {
    onExecute: ({ args }) => check(args),
    onSubscribe: ({ args }) => check(args),
    onResultProcess({ request, result, setResult, serverContext: { exchange } }) {
      if (exchange.cost === undefined || !wantsCost(request)) return
      if (Array.isArray(result) || isAsyncIterable(result)) return
      setResult({ ...result, extensions: { ...result.extensions, cost: { requested: exchange.cost, limit: maxCost } } })
    },
    onResponse({ response, serverContext: { exchange } }) {
      addCost(response, exchange)
    },
  }
}

/** Whether a request asks to be told its cost in the answer's extensions. */
export const wantsCost = ({ headers }: Pick<Head, 'headers'>): boolean => headers.get(costHeader) === 'show'

/** Tells what the operation cost, once that is known. */
export function addCost({ headers }: Pick<Answer, 'headers'>, { cost }: Exchange): void {
  if (cost !== undefined) headers.set(costHeader, String(cost))
}

/** What the operations of a document cost together, in whole units. */
function count(
  schema: GraphQLSchema,
  document: DocumentNode,
  maxCost: number,
  refuse: (error: GraphQLError) => never,
): number {
  let cost = 0
  const add = (_context: unknown, { n }: { n: number }) => {
    cost += n
  }
  const rule = costLimitRule({ maxCost, onAccept: [add], onReject: [(_context, error) => refuse(error)] })
  validate(schema, document, [rule])
  return Math.ceil(cost)
}

// Of an operation, for so many sizes that clients ask for. Whoever tries all shall not fill the memory.
const remembered = 20

/** The variables that say how long lists are. */
function sizesOf(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    Argument({ name, value }) {
      if (value.kind === Kind.VARIABLE && isSize(name.value)) names.add(value.name.value)
    },
  })
  return [...names]
}

const isSize = (name: string) => name === 'first' || name === 'last'

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
      if (value.kind !== Kind.VARIABLE || !isSize(name.value)) return false
      const size = given[value.name.value] ?? defaults.get(value.name.value)
      if (typeof size !== 'number') return null // Not given: as if it weren't there, or the count would stop at it.
      return sizeArgument(name.value, size)
    },
  })
}
