import { type ExecutionResult, type GraphQLSchema, parse, validate } from 'graphql'
import { execute } from './execute.ts'

/** Reads, checks and executes an operation: for what doesn't come over HTTP. */
export async function runText(given: {
  schema: GraphQLSchema
  source: string
  contextValue: unknown
  variableValues?: Record<string, unknown>
}): Promise<ExecutionResult> {
  const { source, ...args } = given
  const document = parse(source)
  const errors = validate(args.schema, document)
  return errors.length > 0 ? { errors } : execute({ ...args, document })
}
