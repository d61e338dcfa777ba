import type { ErrorCode } from '../codes.ts'

/** One thing wrong with an input: the field's path and what to do. */
export type Fault = { field: string; message: string; rule?: string }

/** A refusal by the server, or no answer from it after all attempts: then its code is `NO_ANSWER`, and its cause tells more. */
export class LetheError extends Error {
  override readonly name = 'LetheError'
  /** Stable; texts may change. */
  readonly code: ErrorCode
  /** With INVALID_INPUT: each thing that is wrong. */
  readonly faults: readonly Fault[]
  /** With TOO_MANY_ATTEMPTS: in how many seconds the next attempt counts. */
  readonly retryAfter: number | undefined
  /** Tell it when you report an error. */
  readonly requestId: string | undefined
  /** Where the server tells more about it. */
  readonly documentation: string | undefined
  /** All that the server says to programs. */
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(message: string, extensions: Readonly<Record<string, unknown>>, options?: { cause?: unknown }) {
    super(message, options)
    const text = (name: string) => (typeof extensions[name] === 'string' ? extensions[name] : undefined)
    this.code = (text('code') ?? 'INTERNAL') as ErrorCode
    this.faults = Array.isArray(extensions['faults']) ? extensions['faults'] : []
    this.retryAfter = typeof extensions['retryAfter'] === 'number' ? extensions['retryAfter'] : undefined
    this.requestId = text('requestId')
    this.documentation = text('documentation')
    this.extensions = extensions
  }
}

/** Whether something that was thrown is a refusal with one of these codes; without codes, whether it is one at all. */
export const isLetheError = (error: unknown, ...codes: readonly ErrorCode[]): error is LetheError =>
  error instanceof LetheError && (codes.length === 0 || codes.includes(error.code))
