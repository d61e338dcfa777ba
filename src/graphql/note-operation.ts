import { type ExecutionArgs, getOperationAST } from 'graphql'
import type { Exchange } from '../http/exchange.ts'

/** Tells the log and the measurements which operation is executed. */
export function noteOperation(
  exchange: Exchange,
  { document, operationName }: Pick<ExecutionArgs, 'document' | 'operationName'>,
): void {
  const operation = getOperationAST(document, operationName)
  exchange.operation = operation?.operation
  exchange.operationName = operation?.name?.value
}
