import { badCursor, LetheError } from '../../../graphql/errors.ts'

/** A place among all changes. `epoch`: of the audit log, which begins another one when a backup was restored. */
export type Place = { epoch: number; position: bigint }

const format = /^change (\d{1,9}) (\d{1,18})$/

/** The cursor of a place, which never changes. */
export const cursorAt = ({ epoch, position }: Place): string =>
  Buffer.from(`change ${epoch} ${position}`).toString('base64url')

/** The place that a cursor tells. Throws BAD_CURSOR for what is none. */
export function placeIn(cursor: string): Place {
  const [, epoch, position] = format.exec(Buffer.from(cursor.slice(0, 100), 'base64url').toString()) ?? []
  if (!epoch || !position) throw badCursor()
  return { epoch: Number(epoch), position: BigInt(position) }
}

/** What came after it is not what came after it then. */
export const cursorLost = (): LetheError =>
  new LetheError(
    'CURSOR_LOST',
    'A backup was restored since you got this cursor, and changes with it were lost. Read how things stand, and subscribe without a cursor.',
  )
