import { defaultTypeResolver } from '@graphql-tools/executor'
import {
  createGraphQLError,
  inspect,
  isAsyncIterable,
  isIterableObject,
  locatedError,
  pathToArray,
} from '@graphql-tools/utils'
import {
  type GraphQLAbstractType,
  GraphQLError,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { isPromise } from '../../maybe-promise.ts'
import type { FieldPlan } from './plan.ts'
import { asError, Info, noteError, nowhere, type Path, pathOf, type Run, runFields } from './run.ts'

/**
 * Makes of what a resolver gave what the answer has in its place. Throws what keeps it from that.
 *
 * @param parentPath Where the object of the field stands.
 * @param at Where it stands, unless that is the place of the field: an item of a list.
 */
export type Complete = (
  run: Run,
  field: FieldPlan,
  parentPath: Path | undefined,
  at: Path | undefined,
  value: unknown,
) => unknown

/** How values of a type are completed. After "Value Completion" of the GraphQL specification. */
export function completeOf(type: GraphQLOutputType): Complete {
  if (isNonNullType(type)) return completeNonNull(completeOf(type.ofType))
  const complete = completeNullable(type)
  return (run, field, parentPath, at, value) => {
    if (value === null || value === undefined) return null
    if (value instanceof Error) throw value
    return complete(run, field, parentPath, at, value)
  }
}

const completeNonNull =
  (complete: Complete): Complete =>
  (run, field, parentPath, at, value) => {
    const completed = complete(run, field, parentPath, at, value)
    if (completed === null) throw new Error(`Cannot return null for non-nullable field ${placeOf(field)}.`)
    return completed
  }

const placeOf = ({ parentType, definition }: FieldPlan) => `${parentType.name}.${definition.name}`

function completeNullable(type: GraphQLOutputType): Complete {
  if (isListType(type)) return completeList(type.ofType)
  if (isLeafType(type)) return completeLeaf(type)
  if (isAbstractType(type)) return completeAbstract(type)
  if (isObjectType(type)) return completeObject(type)
  throw new Error(`${inspect(type)} is no type of values`)
}

/** Whether text goes out as it is. */
export const isTextType = (type: GraphQLOutputType): boolean => type === GraphQLString || type === GraphQLID

function completeLeaf(type: GraphQLLeafType): Complete {
  const isText = isTextType(type)
  return (_run, _field, _parentPath, _at, value) => {
    if (isText && typeof value === 'string') return value
    const serialized = serialize(type, value)
    if (serialized === null || serialized === undefined) {
      throw new Error(
        `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(serialized)}`,
      )
    }
    return serialized
  }
}

function serialize(type: GraphQLLeafType, value: unknown): unknown {
  try {
    return type.serialize(value)
  } catch (error) {
    // A value of ours that doesn't fit is an error of ours, and none of GraphQL.
    throw error instanceof GraphQLError ? new Error(error.message) : error
  }
}

function completeList(type: GraphQLOutputType): Complete {
  const complete = completeOf(type)
  const isNonNull = isNonNullType(type)
  function listOf(
    run: Run,
    field: FieldPlan,
    parentPath: Path | undefined,
    at: Path | undefined,
    values: Iterable<unknown>,
  ) {
    const prev = at ?? pathOf(field, parentPath)
    const items: unknown[] = []
    let waits = false
    try {
      for (const value of values) {
        const item = itemOf(run, field, parentPath, { prev, key: items.length, typename: undefined }, value)
        waits ||= isPromise(item)
        items.push(item)
      }
    } catch (error) {
      // What others find goes with the list; it must not go unheard.
      for (const item of items) if (isPromise(item)) item.then(undefined, () => undefined)
      throw error
    }
    return waits ? Promise.all(items) : items
  }

  function itemOf(run: Run, field: FieldPlan, parentPath: Path | undefined, path: Path, value: unknown): unknown {
    try {
      if (isPromise(value)) return itemLater(run, field, parentPath, path, value)
      const completed = complete(run, field, parentPath, path, value)
      return isPromise(completed) ? failLater(run, field, path, completed) : completed
    } catch (error) {
      return fail(run, field, path, error)
    }
  }

  const itemLater = (
    run: Run,
    field: FieldPlan,
    parentPath: Path | undefined,
    path: Path,
    value: PromiseLike<unknown>,
  ) =>
    failLater(
      run,
      field,
      path,
      value.then((found) => {
        run.signal?.throwIfAborted()
        return complete(run, field, parentPath, path, found)
      }),
    )

  const failLater = (run: Run, field: FieldPlan, path: Path, completed: PromiseLike<unknown>) =>
    completed.then(undefined, (error) => fail(run, field, path, error))

  function fail(run: Run, field: FieldPlan, path: Path, error: unknown): null {
    noteError(run, locatedError(asError(error), field.nodes, pathToArray(path)), isNonNull)
    return null
  }

  return (run, field, parentPath, at, value) => {
    if (Array.isArray(value)) return listOf(run, field, parentPath, at, value)
    if (isAsyncIterable(value)) return collected(value).then((items) => listOf(run, field, parentPath, at, items))
    if (!isIterableObject(value)) {
      throw createGraphQLError(`Expected Iterable, but did not find one for field "${placeOf(field)}".`)
    }
    return listOf(run, field, parentPath, at, value)
  }
}

async function collected(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = []
  for await (const value of values) items.push(value)
  return items
}

function completeObject(type: GraphQLObjectType): Complete {
  if (!type.isTypeOf) {
    return (run, field, parentPath, at, value) =>
      runFields(run, field.selectionOf(type), value, at ?? pathOf(field, parentPath))
  }
  const { isTypeOf } = type
  const takesNoInfo = isTypeOf.length > 0 && isTypeOf.length < 3
  const judge = (run: Run, field: FieldPlan, path: Path, value: unknown, isOfType: unknown) => {
    if (isOfType) return runFields(run, field.selectionOf(type), value, path)
    throw createGraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`, {
      nodes: field.nodes,
    })
  }
  return (run, field, parentPath, at, value) => {
    const judged = isTypeOf(value, run.context, takesNoInfo ? nowhere : new Info(run, field, parentPath))
    const path = at ?? pathOf(field, parentPath)
    return isPromise(judged)
      ? judged.then((found) => judge(run, field, path, value, found))
      : judge(run, field, path, value, judged)
  }
}

function completeAbstract(type: GraphQLAbstractType): Complete {
  const known = new Map<unknown, Complete>()
  const resolveType = type.resolveType ?? defaultTypeResolver
  const learn = (run: Run, field: FieldPlan, value: unknown, name: unknown) => {
    const concrete = concreteType(type, run, field, value, name)
    const complete = completeObject(concrete)
    known.set(concrete.name, complete)
    return complete
  }
  return (run, field, parentPath, at, value) => {
    const name = resolveType(value, run.context, new Info(run, field, parentPath), type)
    const complete = known.get(name)
    if (complete) return complete(run, field, parentPath, at, value)
    return isPromise(name)
      ? name.then((found) => learn(run, field, value, found)(run, field, parentPath, at, value))
      : learn(run, field, value, name)(run, field, parentPath, at, value)
  }
}

function concreteType(
  type: GraphQLAbstractType,
  { plan: { schema } }: Run,
  field: FieldPlan,
  value: unknown,
  name: unknown,
): GraphQLObjectType {
  const [place, { nodes }] = [placeOf(field), field]
  if (name === null || name === undefined) {
    throw createGraphQLError(
      `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${place}". Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
      { nodes },
    )
  }
  if (typeof name !== 'string') {
    throw createGraphQLError(
      `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${place}" with value ${inspect(value)}, received "${inspect(name)}".`,
    )
  }
  const concrete = schema.getType(name)
  if (!concrete) {
    throw createGraphQLError(
      `Abstract type "${type.name}" was resolved to a type "${name}" that does not exist inside the schema.`,
      { nodes },
    )
  }
  if (!isObjectType(concrete)) {
    throw createGraphQLError(`Abstract type "${type.name}" was resolved to a non-object type "${name}".`, { nodes })
  }
  if (!schema.isSubType(type, concrete)) {
    throw createGraphQLError(`Runtime Object type "${name}" is not a possible type for "${type.name}".`, { nodes })
  }
  return concrete
}
