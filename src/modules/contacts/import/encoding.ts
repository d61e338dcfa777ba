import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { ImportFileError } from './row.ts'

const HEAD_BYTES = 64 * 1024

/**
 * Decodes a file as it streams by. Without `encoding` it is UTF-8 or UTF-16 by byte order mark or zero bytes, UTF-8 if
 * the first 64 KiB are valid, and Windows-1252 otherwise. A byte order mark is left out.
 */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>, encoding?: string): AsyncGenerator<string> {
  const chunks = bytes[Symbol.asyncIterator]()
  try {
    const { head, isWhole } = await readHead(chunks)
    if (head.length === 0) throw new ImportFileError('file', 'The file is empty. Choose a file that holds contacts.')
    const name = encoding ?? detectEncoding(head, isWhole)
    if (!iconv.encodingExists(name)) {
      throw new ImportFileError('file', `The encoding ${name} is not known. Name one such as utf-8 or windows-1252.`)
    }
    const decoder = /^utf-?8$/i.test(name) ? utf8Decoder(encoding !== undefined) : iconv.getDecoder(name)
    let isFirst = true
    for (let chunk: Buffer | undefined = head; chunk; chunk = await nextChunk(chunks)) {
      const text = decoder.write(chunk)
      // Some decoders leave the mark in, and an encoding named by the user may be right about all but the mark.
      if (text) yield isFirst ? text.replace(/^\uFEFF/, '') : text
      isFirst &&= !text
    }
    const rest = decoder.end()
    if (rest) yield rest
  } finally {
    await chunks.return?.()
  }
}

/** The encoding of a file by its first bytes; `isWhole` says that there are no more. */
export function detectEncoding(head: Uint8Array, isWhole: boolean): string {
  const start = Buffer.from(head.subarray(0, HEAD_BYTES))
  if (start.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) {
    throw new ImportFileError('file', 'This is a spreadsheet or an archive. Open it and save it as CSV first.')
  }
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  const zeros: [even: number, odd: number] = [0, 0]
  for (const [index, byte] of start.entries()) if (byte === 0) zeros[index % 2 === 0 ? 0 : 1] += 1
  const [even, odd] = zeros
  // Latin letters in UTF-16 have a zero byte each, always on the same side.
  if (odd > start.length / 5 && even < odd / 10) return 'utf-16le'
  if (even > start.length / 5 && odd < even / 10) return 'utf-16be'
  if (even + odd > 0)
    throw new ImportFileError('file', 'This is not a text file. Choose a vCard, CSV or JSON Lines file.')
  const isCut = !isWhole || head.length > HEAD_BYTES
  return isUtf8(isCut ? start.subarray(0, completeLength(start)) : start) ? 'utf-8' : 'windows-1252'
}

async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<{ head: Buffer; isWhole: boolean }> {
  const parts: Buffer[] = []
  let length = 0
  while (length <= HEAD_BYTES) {
    const chunk = await nextChunk(chunks)
    if (!chunk) return { head: Buffer.concat(parts), isWhole: true }
    parts.push(chunk)
    length += chunk.length
  }
  return { head: Buffer.concat(parts), isWhole: false }
}

async function nextChunk(chunks: AsyncIterator<Uint8Array>): Promise<Buffer | undefined> {
  const { done, value } = await chunks.next()
  return done ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

/** Decodes UTF-8 strictly: a text with replacement characters in it would be stored damaged. */
function utf8Decoder(isChosen: boolean) {
  let carry: Buffer = Buffer.alloc(0)
  let line = 1
  let failure: ImportFileError | undefined
  const decode = (bytes: Buffer) => {
    if (failure) throw failure
    const valid = isUtf8(bytes) ? bytes : bytes.subarray(0, validLinesLength(bytes))
    const text = valid.toString('utf8')
    line += countNewlines(text)
    // What comes before is still handed on; the next call fails.
    if (valid !== bytes) failure = invalidUtf8(line, isChosen)
    return text
  }
  return {
    write(chunk: Buffer): string {
      const bytes = carry.length > 0 ? Buffer.concat([carry, chunk]) : chunk
      const length = completeLength(bytes)
      // Copied, because the stream may use the chunk again.
      carry = Buffer.from(bytes.subarray(length))
      return decode(bytes.subarray(0, length))
    },
    end(): string {
      const text = decode(carry)
      if (failure) throw failure
      return text
    },
  }
}

/** How many of the bytes are left when a character cut off at the end is not counted. */
function completeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0b1100_0000) {
      const needed = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : 2
      return needed > back ? bytes.length - back : bytes.length
    }
    if (byte < 0b1000_0000) return bytes.length
  }
  return bytes.length
}

/** Where the first line begins that is not valid. A line break is never part of another character. */
function validLinesLength(bytes: Buffer): number {
  let start = 0
  for (let end = bytes.indexOf(0x0a); end !== -1 && isUtf8(bytes.subarray(start, end)); ) {
    start = end + 1
    end = bytes.indexOf(0x0a, start)
  }
  return start
}

function invalidUtf8(line: number, isChosen: boolean): ImportFileError {
  const advice = isChosen ? 'Name the right one' : 'Name the encoding of the file'
  return new ImportFileError(
    `line ${line}`,
    `There is a character that is not valid UTF-8. ${advice} with --encoding, for example --encoding windows-1252.`,
  )
}

function countNewlines(text: string): number {
  let count = 0
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) count++
  return count
}
