import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { Text } from '../../disclosed.ts'
import { newestCheckpoint } from './checkpoints.ts'

type Asker = Pick<WorkContext, 'log' | 'requestId' | 'integration'> & {
  database: Pick<WorkContext['database'], '$queryRaw'>
}

/**
 * The newest checkpoint of the log as a file for a mail: in a mailbox it is an anchor that nobody here can change. Undefined in a log
 * that has none yet, or where what is stored is none: the mail goes all the same.
 */
export async function checkpointFile(
  context: Asker,
): Promise<{ name: string; mediaType: string; content: Buffer } | undefined> {
  const newest = await newestCheckpoint(context).catch((error: unknown) => {
    if (error instanceof LetheError && error.code === 'UNREADABLE') return undefined // Which our log tells.
    throw error
  })
  if (!newest?.signed) return undefined
  return { name: 'checkpoint.txt', mediaType: 'text/plain; charset=utf-8', content: Buffer.from(newest.signed.note) }
}

/** What a mail says of it. */
export const checkpointWords: Text = {
  de: 'Angehängt ist die neueste Prüfmarke des Protokolls (checkpoint.txt). Heben Sie diese E-Mail auf: Mit ihr lässt sich später beweisen, dass bis hierher nichts geändert oder entfernt wurde (lethe audit verify --against checkpoint.txt).',
  en: 'Attached is the newest checkpoint of the audit log (checkpoint.txt). Keep this mail: it can prove later that nothing up to here was changed or removed (lethe audit verify --against checkpoint.txt).',
}
