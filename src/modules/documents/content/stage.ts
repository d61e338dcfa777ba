import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { WorkContext } from '../../../graphql/context.ts'
import { invalidInput, LetheError } from '../../../graphql/errors.ts'
import { newContentKey, sealStream } from '../../../storage/sealed.ts'
import { claimOf, detect, headLength, isText, mediaTypes } from './media-types.ts'

/** A file that is on disk, sealed, and belongs to nothing yet. What isn't stored within a day is swept away. */
export type Staged = {
  /** That the version will have. */
  id: string
  storageKey: string
  contentKey: Uint8Array
  /** As the content says. */
  mediaType: string
  /** Bytes. */
  size: number
  sha256: string
  sealedHash: string
}

/** What all keys of documents in the storage begin with. */
export const documentPrefix = 'documents/'

/** How many bytes a document may have. */
export const limitOf = ({ maxDocument }: Pick<WorkContext, 'maxDocument'>): number => maxDocument ?? 100 * 1024 * 1024

/** What a version's file is sealed for. */
export const contentPlace = (versionId: string): string => `document_version/${versionId}/content/1`

/**
 * Takes a file as it comes, checks it and puts it into the storage, sealed, in bounded memory. Do it before the transaction that
 * stores it. Throws INVALID_INPUT for one that is empty, is not what it is said to be, or not of a type that is taken;
 * LIMIT_EXCEEDED for one that is too large. Then nothing of it stays.
 *
 * @param given.mediaType What it is said to be.
 * @param given.allowed The media types that are taken; empty: all of the product.
 * @param given.contentKey The key of the document that it is to be a version of. Default: a new one.
 */
export async function stageContent(
  context: Pick<WorkContext, 'storage' | 'maxDocument' | 'signal'>,
  given: {
    content: AsyncIterable<Uint8Array>
    mediaType?: string | null | undefined
    allowed?: readonly string[]
    contentKey?: Uint8Array
  },
): Promise<Staged> {
  const id = uuidv7()
  const storageKey = `${documentPrefix}${id}`
  const contentKey = given.contentKey ?? newContentKey()
  const limited = within(limitOf(context), context.signal, given.content)
  const { head, all } = await beginningOf(limited)
  if (head.length === 0) throw fault('The file is empty.', 'empty')
  const claim = claimOf(given.mediaType)
  const mediaType = await detect(head, claim)
  const allowed = given.allowed?.length ? given.allowed : Object.keys(mediaTypes)
  if (!allowed.includes(mediaType)) throw fault(`Files of the type ${mediaType} are not taken here.`, 'media_type')
  const fits = !claim || claim === mediaType || (claim === 'text/plain' && isText(mediaType))
  if (!fits) throw fault(`The file is ${mediaType}, not ${claim} as was said.`, 'media_type_claim')

  const plain = hashed(isText(mediaType) ? onlyText(all) : all)
  const sealed = hashed(sealStream(contentKey, contentPlace(id), plain.stream))
  await context.storage.put(storageKey, sealed.stream)
  return {
    ...{ id, storageKey, contentKey, mediaType },
    size: plain.size(),
    sha256: plain.hash(),
    sealedHash: sealed.hash(),
  }
}

const fault = (message: string, rule: string) => invalidInput([{ field: 'content', message, rule }])

async function* within(limit: number, signal: AbortSignal | undefined, content: AsyncIterable<Uint8Array>) {
  let size = 0
  for await (const chunk of content) {
    signal?.throwIfAborted()
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    yield chunk
  }
}

/** A document has more bytes than the server takes. */
export const tooLarge = (limit: number): LetheError =>
  new LetheError('LIMIT_EXCEEDED', `A document may have ${limit} bytes.`, { limit })

/** How a stream begins, and the whole of it. */
async function beginningOf(content: AsyncIterable<Uint8Array>) {
  const iterator = content[Symbol.asyncIterator]()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length < headLength) {
    const { done, value } = await iterator.next()
    if (done) break
    pieces.push(value)
    length += value.length
  }
  async function* all() {
    try {
      yield* pieces.splice(0)
      yield* { [Symbol.asyncIterator]: () => iterator }
    } finally {
      await iterator.return?.()
    }
  }
  return { head: Buffer.concat(pieces).subarray(0, headLength), all: all() }
}

/** Throws where it isn't UTF-8, or holds what no text does. */
async function* onlyText(content: AsyncIterable<Uint8Array>) {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const check = (decode: () => string) => {
    let text: string
    try {
      text = decode()
    } catch {
      throw fault('The file is neither of a known type nor text in UTF-8.', 'media_type')
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text))
      throw fault('The file is neither of a known type nor text.', 'media_type')
  }
  for await (const chunk of content) {
    check(() => decoder.decode(chunk, { stream: true }))
    yield chunk
  }
  check(() => decoder.decode())
}

function hashed(content: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let size = 0
  async function* stream() {
    for await (const chunk of content) {
      hash.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  return { stream: stream(), size: () => size, hash: () => hash.digest('hex') }
}
