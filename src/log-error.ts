import { sqlState } from './database/sql-errors.ts'

/** What the log tells of an error. */
export type LoggableError = { name: string; code?: string; message?: string; stack: string }

// These are about the program alone.
const harmless = ['TypeError', 'RangeError', 'ReferenceError']

/**
 * An error for the log: its kind, its code and where it happened. Its text only if our own code wrote it: libraries
 * repeat the values that they choke on (Prisma the arguments, PostgreSQL the keys, JSON the text).
 */
export function loggable(error: unknown): LoggableError {
  if (!(error instanceof Error)) return { name: typeof error, stack: '' }
  const { name, message, stack = '' } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : sqlState(error)
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  const ours = name === 'Error' && frames[0] !== undefined && !/node_modules|node:/.test(frames[0])
  const told = ours || harmless.includes(name)
  return { name, ...(code && { code }), ...(told && { message }), stack: frames.join('\n') }
}
