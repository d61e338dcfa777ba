import { badCursor } from '../../../graphql/errors.ts'

const prefix = 'change '

/** The cursor of a change: its place among all of them, which never changes. */
export const cursorAt = (position: bigint): string => Buffer.from(`${prefix}${position}`).toString('base64url')

/** The place that a cursor tells. Throws BAD_CURSOR for what is none. */
export function positionOf(cursor: string): bigint {
  const text = Buffer.from(cursor.slice(0, 100), 'base64url').toString()
  const digits = text.startsWith(prefix) ? text.slice(prefix.length) : ''
  if (!/^\d{1,18}$/.test(digits)) throw badCursor()
  return BigInt(digits)
}
