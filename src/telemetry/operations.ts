import type { Exchange } from '../http/exchange.ts'
import { isOfProgram } from '../http/metrics/operation-names.ts'
import { inSpan } from './spans.ts'

/**
 * Tells of each GraphQL operation: its kind, its name if a program gave it, and what came of it. Of the document nothing is told, and
 * nothing of variables: people type into both.
 */
export const traceOperations =
  <Asked, Answered>(endpoint: (request: Asked, exchange: Exchange) => Promise<Answered>): typeof endpoint =>
  (request, exchange) =>
    inSpan({ name: 'graphql' }, async (span) => {
      const response = await endpoint(request, exchange)
      const { operation, operationName, outcome, caller } = exchange
      const isKnown = caller !== undefined && caller.actor.kind !== 'anonymous' && !caller.publishable
      const name = isKnown && operationName !== undefined && isOfProgram(operationName) ? operationName : undefined
      if (operation) span.rename(name ? `${operation} ${name}` : operation)
      span.tell({ 'graphql.operation.type': operation, 'graphql.operation.name': name, 'lethe.outcome': outcome })
      if (outcome !== undefined && outcome !== 'OK') span.fail(outcome)
      return response
    })
