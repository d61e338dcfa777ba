import { type ErrorCode, LetheError } from '../graphql/errors.ts'
import type { Exchange } from './exchange.ts'

/** An answer in JSON. */
export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  })

/** A refusal, in the shape of a GraphQL error, so that a client reads all refusals the same way. */
export const refusal = (
  { requestId }: Pick<Exchange, 'requestId'>,
  status: number,
  code: ErrorCode | 'BAD_REQUEST',
  message: string,
  headers: Record<string, string> = {},
): Response => json(status, { errors: [{ message, extensions: { code, requestId } }] }, headers)

/** An answer that sends a browser elsewhere on this host, by GET. */
export const seeOther = (location: string): Response => new Response(null, { status: 303, headers: { location } })

/** Nobody waits for an answer any more. */
export const clientLeft = (): LetheError => new LetheError('UNAVAILABLE', 'The client went away.')
