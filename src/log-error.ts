import { sqlState } from './database/sql-errors.ts'

/** What the log tells of an error. */
export type LoggableError = { name: string; code?: string; message?: string; stack: string }

// Errors of the language and our own have texts made of names in the program. Those of libraries repeat the values that
// they choke on (Prisma the arguments, PostgreSQL the keys, JSON the text), so their names and codes have to do.
const harmless = ['Error', 'TypeError', 'RangeError', 'ReferenceError', 'AssertionError', 'StartError']

/** An error for the log: its kind, its code, where it happened; its text only where that has no personal data in it. */
export function loggable(error: unknown): LoggableError {
  if (!(error instanceof Error)) return { name: typeof error, stack: '' }
  const { name, message, stack = '' } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : sqlState(error)
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return { name, ...(code && { code }), ...(harmless.includes(name) && { message }), stack: frames.join('\n') }
}
