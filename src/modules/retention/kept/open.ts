import { z } from 'zod'
import type { RetainedRecord } from '#prisma/client.ts'
import type { Json } from '../../../database/json.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { openStream } from '../../../storage/sealed.ts'
import { fileOf, filePlace, recordPlace, type SealedFile, type SealedRecord } from './record.ts'

const json: z.ZodType<Json> = z.json()
const content = z.object({
  kind: z.string(),
  category: z.string(),
  record: z.record(z.string(), json),
  files: z.array(
    z.object({ name: z.string(), mediaType: z.string(), size: z.number(), sha256: z.string(), contentKey: z.string() }),
  ),
})

/** What was kept. Throws UNREADABLE where its key opens it no more. Whoever gives it to somebody logs that before. */
export async function openRetained(
  { keys }: Pick<WorkContext, 'keys'>,
  { id, sealed }: Pick<RetainedRecord, 'id' | 'sealed'>,
): Promise<SealedRecord> {
  const key = (await keys.find([id])).get(id)
  if (!key || key === 'destroyed') throw unreadable()
  try {
    return content.parse(JSON.parse(Buffer.from(key.open(recordPlace(id), sealed)).toString()))
  } catch (cause) {
    throw unreadable(cause)
  }
}

/** A file of a record, counted from 1, as it is read. Throws UNREADABLE where it doesn't open, which may be in the middle. */
export async function* openRetainedFile(
  { storage }: Pick<WorkContext, 'storage'>,
  id: string,
  number: number,
  { contentKey }: SealedFile,
): AsyncGenerator<Uint8Array> {
  try {
    const sealed = storage.open(fileOf(id, number))
    yield* openStream(Buffer.from(contentKey, 'base64'), filePlace(id, number), sealed)
  } catch (cause) {
    throw unreadable(cause)
  }
}

const unreadable = (cause?: unknown) =>
  new LetheError(
    'UNREADABLE',
    'What was kept does not open: its period ended, it was altered, or its key is missing.',
    {},
    cause instanceof Error ? cause : undefined,
  )
