import { locatedError, pathToArray } from '@graphql-tools/utils'
import {
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isNonNullType,
  type OperationDefinitionNode,
} from 'graphql'
import { isPromise } from '../../maybe-promise.ts'
import type { Context } from '../context.ts'
import { isLayered, withoutIdle } from './layers.ts'
import type { Answer, FieldPlan, OperationPlan, RunResolver, Selection, Variables } from './plan.ts'

/** Where something stands in the answer. */
export type Path = GraphQLResolveInfo['path']

/** An operation while it runs. */
export type Run = {
  plan: OperationPlan
  context: unknown
  rootValue: unknown
  variables: Variables
  errors: GraphQLError[]
  signal: AbortSignal | undefined
  /** Tells it apart from others. */
  identity: object
}

/** Fields of an object, all at once; the answer once all are there, in their order. */
export function runFields(run: Run, selection: Selection, source: unknown, path: Path | undefined) {
  const { fields, Answer } = selection
  const resolvers = resolversFor(run, selection)
  const answer: Answer = new Answer()
  let waiting: PromiseLike<void>[] | undefined
  try {
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index]
      const resolver = resolvers[index]
      if (!field || !resolver) continue
      const value = runField(run, field, resolver, source, path)
      answer[field.key] = value
      if (!isPromise(value)) continue
      waiting ??= []
      waiting.push(fillIn(answer, field.key, value))
    }
  } catch (error) {
    if (!waiting) throw error
    // The others end first: what they find may be among the errors, and their own must not go unheard.
    const fail = () => {
      throw error
    }
    return all(waiting).then(fail, fail)
  }
  return waiting ? all(waiting).then(() => answer) : answer
}

// Apart, as all that waits: a function that is in another one costs even where it isn't called.
const fillIn = (answer: Answer, key: string, value: PromiseLike<unknown>): PromiseLike<void> =>
  value.then((found) => {
    answer[key] = found
  })

const all = ([first, ...more]: readonly PromiseLike<void>[]): PromiseLike<unknown> =>
  first && more.length === 0 ? first : Promise.all([first, ...more])

/** Fields of the root of a mutation: one after the other. */
export async function runFieldsSerially(run: Run, selection: Selection, source: unknown): Promise<Answer> {
  const answer: Answer = new selection.Answer()
  const resolvers = resolversFor(run, selection)
  for (const [index, field] of selection.fields.entries()) {
    run.signal?.throwIfAborted()
    const resolver = resolvers[index]
    if (resolver) answer[field.key] = await runField(run, field, resolver, source, undefined)
  }
  return answer
}

/** What resolves these fields for the caller of this run: rights and the like are asked for once, and not for each object. */
function resolversFor(run: Run, selection: Selection): readonly RunResolver[] {
  if (selection.resolversOf !== run.identity) {
    selection.resolvers = selection.fields.map(({ resolve, isPlain, definition }) => {
      const left = withoutIdle(resolve, run.context as Context, definition)
      // One that declares none may take them all.
      const takesNoInfo = left.length > 0 && left.length < 4
      return { resolve: left, isPlain: isPlain && takesNoInfo && !isLayered(left) }
    })
    selection.resolversOf = run.identity
  }
  return selection.resolvers
}

function runField(
  run: Run,
  field: FieldPlan,
  { resolve, isPlain }: RunResolver,
  source: unknown,
  parentPath: Path | undefined,
): unknown {
  try {
    const info = isPlain ? nowhere : new Info(run, field, parentPath)
    const found: unknown = resolve(source, field.argumentsFor(run.variables), run.context, info)
    // Most values: to complete them is to leave them as they are.
    if (found === null ? field.isNullable : field.isText && typeof found === 'string') return found
    if (isPromise(found)) return completeLater(run, field, parentPath, found)
    const completed = field.complete(run, field, parentPath, undefined, found)
    return isPromise(completed) ? failLater(run, field, parentPath, completed) : completed
  } catch (error) {
    return failed(run, field, parentPath, error)
  }
}

const completeLater = (run: Run, field: FieldPlan, parentPath: Path | undefined, value: PromiseLike<unknown>) =>
  failLater(
    run,
    field,
    parentPath,
    value.then((found) => {
      run.signal?.throwIfAborted()
      return field.complete(run, field, parentPath, undefined, found)
    }),
  )

const failLater = (run: Run, field: FieldPlan, parentPath: Path | undefined, completed: PromiseLike<unknown>) =>
  completed.then(undefined, (error) => failed(run, field, parentPath, error))

/** For those who don't look at it. */
export const nowhere = undefined as unknown as GraphQLResolveInfo

/** Null in the place of a value that there is none of; where none may be, the error goes on to what holds it. */
function failed(run: Run, field: FieldPlan, parentPath: Path | undefined, raw: unknown): null {
  // Prisma and others throw several at once.
  const all: unknown[] = raw instanceof AggregateError ? raw.errors : [raw]
  const path = pathToArray(pathOf(field, parentPath))
  for (const one of all) {
    noteError(run, locatedError(asError(one), field.nodes, path), isNonNullType(field.definition.type))
  }
  return null
}

/** Where a field stands. */
export const pathOf = (field: FieldPlan, prev: Path | undefined): Path => ({
  prev,
  key: field.key,
  typename: field.parentType.name,
})

/** Keeps an error for the answer, or throws it where there may be no null in its place. */
export function noteError(run: Run, error: GraphQLError, isNonNull: boolean): void {
  if (isNonNull) throw error
  run.errors.push(error)
}

/** What was thrown, as an error; anything can be. Others' text is no text of ours: without a place of ours, it stays out of the log. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  const { message = thrown } = typeof thrown === 'object' && thrown !== null && 'message' in thrown ? thrown : {}
  return Object.assign(new Error(String(message)), { stack: '' })
}

/** What resolvers are told of their field. Made for each value, so what few of them ask for is worked out only then. */
export class Info implements GraphQLResolveInfo {
  readonly run: Run
  readonly field: FieldPlan
  readonly parentPath: Path | undefined
  private pathThere: Path | undefined

  constructor(run: Run, field: FieldPlan, parentPath: Path | undefined) {
    this.run = run
    this.field = field
    this.parentPath = parentPath
    this.pathThere = undefined
  }

  get path(): Path {
    this.pathThere ??= pathOf(this.field, this.parentPath)
    return this.pathThere
  }
  get fieldName(): string {
    return this.field.definition.name
  }
  get fieldNodes() {
    return this.field.nodes
  }
  get returnType() {
    return this.field.definition.type
  }
  get parentType(): GraphQLObjectType {
    return this.field.parentType
  }
  get schema(): GraphQLSchema {
    return this.run.plan.schema
  }
  get fragments(): Record<string, FragmentDefinitionNode> {
    return this.run.plan.fragments
  }
  get rootValue(): unknown {
    return this.run.rootValue
  }
  get operation(): OperationDefinitionNode {
    return this.run.plan.operation
  }
  get variableValues() {
    return this.run.variables
  }
  get signal(): AbortSignal | undefined {
    return this.run.signal
  }
}
