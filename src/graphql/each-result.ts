import { type ExecutionResult, GraphQLError } from 'graphql'

/**
 * The results of a subscription, each changed. Where their source breaks, the error is the last of them, so that the client is
 * told. Ending them ends the source at once, whatever it waits for.
 */
export function eachResult(
  results: AsyncIterable<ExecutionResult>,
  change: (result: ExecutionResult) => ExecutionResult,
): AsyncIterableIterator<ExecutionResult> {
  const source = results[Symbol.asyncIterator]()
  let over = false
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (over) return { done: true, value: undefined }
      try {
        const { done, value } = await source.next()
        return done ? { done, value: undefined } : { value: change(value) }
      } catch (error) {
        over = true
        return { value: change({ errors: [asGraphqlError(error)] }) }
      }
    },
    async return() {
      over = true
      await source.return?.()
      return { done: true, value: undefined }
    },
  }
}

const asGraphqlError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError
    ? error
    : new GraphQLError('the source broke', { originalError: error instanceof Error ? error : new Error(String(error)) })
