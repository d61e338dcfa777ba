import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

// A sealed file: version (1 byte, 0x01), salt (32), commitment of the key (32), then chunks of 64 KiB, each followed by its
// tag (16). The key of the chunks is of this file alone (HKDF-SHA-256 of the content key, by the salt); their nonces count them
// and mark the last, so that none can be left out, moved, or cut off (as STREAM does: Hoang, Reyhanitabar, Rogaway, Vizár 2015).

/** Length of content keys, in bytes. */
export const contentKeyLength = 32

const algorithm = 'aes-256-gcm'
const version = 0x01
const saltLength = 32
const commitmentLength = 32
const headLength = 1 + saltLength + commitmentLength
const tagLength = 16
const chunkLength = 64 * 1024

/** A key for files that belong together. */
export const newContentKey = (): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(contentKeyLength))

/**
 * Seals a file as it comes, in bounded memory. It opens only with the same key and at the same `place`, which says table, row,
 * and field: `document_version/0198…/content/1`.
 */
export async function* sealStream(
  contentKey: Uint8Array,
  place: string,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(saltLength)
  const { key, commitment } = derive(contentKey, salt, place)
  yield Buffer.concat([Buffer.of(version), salt, commitment])
  for await (const { chunk, index, last } of inChunks(content, chunkLength)) {
    const cipher = createCipheriv(algorithm, key, nonceOf(index, last)).setAAD(Buffer.from(place))
    const sealed = cipher.update(chunk)
    cipher.final() // Adds nothing: in counter mode a byte comes out for each that goes in.
    yield Buffer.concat([sealed, cipher.getAuthTag()])
  }
}

/**
 * Opens what `sealStream` made, as it is read. A chunk is given once it has proved itself; throws at the first that was altered,
 * moved, left out or cut off, and for another key or place. So whoever uses what came must first wait for the end.
 */
export async function* openStream(
  contentKey: Uint8Array,
  place: string,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let opener: ReturnType<typeof derive> | undefined
  for await (const { chunk, index, last } of inChunks(sealed, chunkLength + tagLength, headLength)) {
    if (!opener) {
      if (chunk.length < headLength || chunk[0] !== version) throw new Error('This is not a sealed file.')
      opener = derive(contentKey, chunk.subarray(1, 1 + saltLength), place)
      if (!timingSafeEqual(chunk.subarray(1 + saltLength), opener.commitment)) {
        throw new Error('The file was sealed with another key or for another place, or altered.')
      }
      if (last) throw new Error('The sealed file was cut off.')
      continue
    }
    if (chunk.length < tagLength) throw new Error('The sealed file was cut off.')
    const at = chunk.length - tagLength
    const decipher = createDecipheriv(algorithm, opener.key, nonceOf(index - 1, last), { authTagLength: tagLength })
    decipher.setAAD(Buffer.from(place)).setAuthTag(chunk.subarray(at))
    const content = decipher.update(chunk.subarray(0, at))
    try {
      decipher.final()
    } catch (cause) {
      content.fill(0)
      throw new Error('The sealed file was altered or cut off.', { cause })
    }
    if (content.length > 0) yield content
  }
}

function derive(contentKey: Uint8Array, salt: Uint8Array, place: string) {
  if (contentKey.length !== contentKeyLength) throw new Error('This is not a content key.')
  const derived = new Uint8Array(hkdfSync('sha256', contentKey, salt, `lethe file 1 ${place}`, 32 + commitmentLength))
  return { key: derived.subarray(0, 32), commitment: derived.subarray(32) }
}

/** The number of the chunk (11 bytes), and whether it is the last (1). */
function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(index), 3)
  nonce[11] = last ? 1 : 0
  return nonce
}

/** Cut anew: all of `length` bytes (the first of another) but the last, which may have fewer, or none if there is nothing at all. */
async function* inChunks(source: AsyncIterable<Uint8Array>, length: number, first = length) {
  let chunk = Buffer.allocUnsafe(first)
  let filled = 0
  let index = 0
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      if (filled === chunk.length) {
        yield { chunk, index: index++, last: false }
        chunk = Buffer.allocUnsafe(length)
        filled = 0
      }
      const part = piece.subarray(at, at + chunk.length - filled)
      chunk.set(part, filled)
      filled += part.length
      at += part.length
    }
  }
  yield { chunk: chunk.subarray(0, filled), index, last: true }
}
