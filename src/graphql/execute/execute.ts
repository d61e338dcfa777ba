import { buildExecutionContext, execute as executeOnce } from '@graphql-tools/executor'
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  locatedError,
  type OperationDefinitionNode,
} from 'graphql'
import { isPromise } from '../../maybe-promise.ts'
import { type Answer, type OperationPlan, planOperation, rootSelection } from './plan.ts'
import { type Run, runFields, runFieldsSerially } from './run.ts'

// Executes queries and mutations by a plan that is made of an operation when it first comes. The library's executor works out
// for each value anew what its type is, which fields it has and what their arguments are; for a page of a list, these are thousands.
// Errors, nulls and their order are the library's (test/http/execute.test.ts compares them), and so is what it does with operations and
// variables that aren't valid.

type Arguments = ExecutionArgs & { signal?: AbortSignal }

// They go with their documents, which are remembered by their text.
const plans = new WeakMap<DocumentNode, Map<OperationDefinitionNode, OperationPlan>>()

/** Executes a query or a mutation. Rejects when the signal says that nobody waits any more. */
export function execute(args: Arguments): ExecutionResult | PromiseLike<ExecutionResult> {
  const { signal, ...given } = args
  signal?.throwIfAborted()
  const prepared = buildExecutionContext(given)
  // It says the same once more, in the way that transports expect.
  if (!('schema' in prepared)) return executeOnce(given) as ExecutionResult
  const { operation, variableValues } = prepared
  const run: Run = {
    plan: planOf(args, operation),
    context: args.contextValue,
    rootValue: args.rootValue,
    variables: variableValues.coerced,
    errors: [],
    signal,
    identity: {},
  }
  const fail = (error: unknown) => {
    signal?.throwIfAborted()
    run.errors.push(...errorsIn(error))
    return answerOf(run, null)
  }
  try {
    const data = runRoot(run)
    return isPromise(data) ? data.then((found) => answerOf(run, found), fail) : answerOf(run, data)
  } catch (error) {
    return fail(error)
  }
}

function planOf({ schema, document }: Arguments, operation: OperationDefinitionNode): OperationPlan {
  const known = plans.get(document) ?? new Map<OperationDefinitionNode, OperationPlan>()
  const plan = known.get(operation) ?? planOperation(schema, document, operation)
  plans.set(document, known.set(operation, plan))
  return plan
}

function runRoot(run: Run) {
  const selection = rootSelection(run.plan, run.variables)
  const isMutation = run.plan.operation.operation === 'mutation'
  return isMutation
    ? runFieldsSerially(run, selection, run.rootValue)
    : runFields(run, selection, run.rootValue, undefined)
}

const errorsIn = (error: unknown): GraphQLError[] =>
  (error instanceof AggregateError ? error.errors : [error]).map((one: unknown) => toGraphQLError(one))

const toGraphQLError = (error: unknown) => (error instanceof GraphQLError ? error : locatedError(error, undefined))

const answerOf = ({ errors }: Run, data: Answer | null): ExecutionResult =>
  errors.length === 0 ? { data } : { errors, data }
