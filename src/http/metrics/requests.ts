import { Histogram } from 'prom-client'
import type { Exchange } from '../exchange.ts'
import type { Metrics, Registries } from '../metrics.ts'
import { operationNames } from './operation-names.ts'

const coarse = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5]
const fine = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Measures requests, and the GraphQL operations in them. */
export function addRequests(of: Registries): Metrics['observe'] {
  const durations = <Label extends string>(name: string, labelNames: Label[], help: string, buckets = fine) =>
    new Histogram({ name, help, labelNames, buckets, registers: [of.process] })
  const requests = durations(
    'http_request_duration_seconds',
    ['route', 'status'],
    'Time to answer a request, by route and status.',
  )
  const operations = durations(
    'graphql_operation_duration_seconds',
    ['type', 'outcome'],
    'Time to answer a GraphQL request, by type of operation and code of its first error.',
  )
  const named = durations(
    'graphql_named_operation_duration_seconds',
    ['name'],
    'The same by the name that a caller who is signed in gave the operation: a hundred of them at most.',
    coarse,
  )
  const labelOf = operationNames()
  return (exchange, { route, status, seconds }) => {
    const { operation, operationName, outcome } = exchange
    requests.observe({ route, status }, seconds)
    if (outcome) operations.observe({ type: operation ?? 'none', outcome }, seconds)
    if (operation) named.observe({ name: isTrusted(exchange) ? labelOf(operationName) : 'other' }, seconds)
  }
}

/** Strangers could use up the names. */
const isTrusted = ({ caller }: Exchange) =>
  caller !== undefined && caller.actor.kind !== 'anonymous' && !caller.publishable
