import type { DocumentVersion } from '#prisma/client.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { openStream } from '../../../storage/sealed.ts'
import { unreadable } from './keys.ts'
import { contentPlace } from './stage.ts'

/**
 * What a version holds, as it is read. Throws UNREADABLE where it doesn't open, UNAVAILABLE where the storage does
 * not answer; which may be in the middle.
 */
export async function* openVersion(
  { storage }: Pick<WorkContext, 'storage'>,
  { id, storageKey, size }: Pick<DocumentVersion, 'id' | 'storageKey' | 'size'>,
  contentKey: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let length = 0n
  try {
    for await (const chunk of openStream(contentKey, contentPlace(id), storage.open(storageKey))) {
      length += BigInt(chunk.length)
      yield chunk
    }
  } catch (cause) {
    // That the storage is away says nothing about the file.
    throw cause instanceof LetheError ? cause : unreadable(cause)
  }
  if (length !== size) throw unreadable(new Error('the file has another size than it was stored with'))
}
