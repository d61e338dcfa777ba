import { createHash } from 'node:crypto'
import { ArchiveFault, reasonOf } from './fault.ts'

// An archive is one file of age. What is in it begins with a line that says what it is, `lethe backup 1` (or `lethe keys 1`), and a
// new line; then come records: kind (1 byte, a letter), length of the content (4 bytes, big endian), content. It can be written and
// read in one go, in memory for one record.
//
//   H  header       JSON: what the archive is of, and its tables with their columns. The first record.
//   T  rows         number of the table (2 bytes), rows; zstd.
//   W  rows that may be about somebody whom nobody recognises yet, sealed under the archive's own key.
//   C  rows of one contact, sealed under the contact's key: contact (16 bytes), number of the part (4 bytes), sealed value.
//   F  file         JSON: its key in the storage. Its content, sealed as it lies there, follows in any number of
//   D  data, and    bytes
//   E  end          JSON: how many bytes those were.
//   M  manifest     a signed note: how many rows each table has, and the SHA-256 of all before. The last record.
//
// In W and C the sealed value is zstd of any number of: number of the table (2 bytes), length (4 bytes), rows. Rows are those of
// PostgreSQL's COPY in its text format, with the columns of the header in their order. Sealed values are those of the key store, for
// the place `backup/<archive>/<owner>/<part>`.

/** What a record is. */
export type Kind = 'H' | 'T' | 'W' | 'C' | 'F' | 'D' | 'E' | 'M'

/** A record that was read; `place` for messages. */
export type ArchiveRecord = { kind: Kind; content: Buffer; place: string; digest: () => string }

/** Which sort of archive, with the version of its format. */
export type Sort = 'lethe backup 1' | 'lethe keys 1'

const isKind = (letter: string): letter is Kind => 'HTWCFDEM'.includes(letter)
const headLength = 5

/** The longest record that is read. PostgreSQL takes no value that is longer. */
const longest = 2 ** 30

/** Writes records; what it returns is to be written one after the other. */
export function createRecorder(sort: Sort): {
  begin: () => Buffer
  record: (kind: Kind, content: Uint8Array | string) => Buffer
  /** SHA-256 in hex, of all that was recorded. */
  digest: () => string
} {
  const hash = createHash('sha256')
  const noted = (bytes: Buffer) => {
    hash.update(bytes)
    return bytes
  }
  return {
    begin: () => noted(Buffer.from(`${sort}\n`)),
    record: (kind, given) => {
      const content = Buffer.from(given)
      const head = Buffer.alloc(headLength, kind)
      head.writeUInt32BE(content.length, 1)
      return noted(Buffer.concat([head, content]))
    },
    digest: () => hash.copy().digest('hex'),
  }
}

/**
 * The records of an archive, as it is read. Throws an ArchiveFault with the place where it is no archive of this sort, is damaged
 * or cut off; that the manifest is the last one is made sure of, what it says is not.
 */
export async function* readRecords(
  content: AsyncIterable<Uint8Array>,
  sort: Sort,
  path: string,
): AsyncGenerator<ArchiveRecord> {
  const bytes = createReader(content)
  const hash = createHash('sha256')
  const digest = () => hash.copy().digest('hex')
  const take = async (length: number, place: string) => {
    try {
      const taken = await bytes.take(length)
      if (taken.length === length) return taken
    } catch (cause) {
      throw new ArchiveFault(place, opens(cause) ?? `damaged or cut off here (${reasonOf(cause)}).`, { cause })
    }
    throw new ArchiveFault(place, 'cut off here.')
  }
  const first = await take(sort.length + 1, path)
  if (first.toString('latin1') !== `${sort}\n`) throw new ArchiveFault(path, strange(first.toString('latin1'), sort))
  hash.update(first)
  for (let number = 1; ; number++) {
    const place = `${path}, record ${number} at byte ${bytes.position()}`
    const head = await take(headLength, place)
    const [kind, length] = [head.toString('latin1', 0, 1), head.readUInt32BE(1)]
    if (!isKind(kind) || length > longest || (number === 1) !== (kind === 'H')) {
      throw new ArchiveFault(place, 'damaged: this is no record.')
    }
    const record = await take(length, place)
    if (kind !== 'M') hash.update(head).update(record)
    yield { kind, content: record, place, digest }
    if (kind === 'M') break
  }
  const place = `${path} at byte ${bytes.position()}`
  const more = await bytes.take(1).catch((cause: unknown) => {
    throw new ArchiveFault(place, `damaged or cut off here (${reasonOf(cause)}).`, { cause })
  })
  if (more.length > 0) throw new ArchiveFault(place, 'something follows the manifest.')
}

function strange(found: string, sort: Sort): string {
  const [, what, version] = /^lethe (backup|keys) ?(\d*)/.exec(found) ?? []
  if (what && sort.includes(what)) return `its format (${version || 'unknown'}) is that of another version of Lethe.`
  if (what === 'keys') return 'this is a backup of the key store, not of the database: lethe keys restore FILE'
  if (what === 'backup') return 'this is a backup of the database, not of the key store: lethe restore FILE'
  return 'this is no archive of Lethe.'
}

/** What age says about the file as a whole. */
function opens(cause: unknown): string | undefined {
  const reason = reasonOf(cause)
  if (/no identity matched/.test(reason)) {
    return 'it was encrypted to others: none of the identities, nor the passphrase, opens it.'
  }
  if (/header|version line|stanza/i.test(reason))
    return `this is no file of age, or its beginning is damaged (${reason}).`
  return undefined
}

/** Cuts a stream of bytes as they are wanted; at its end there are fewer. */
function createReader(content: AsyncIterable<Uint8Array>) {
  const source = content[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array()
  let position = 0
  return {
    position: () => position,
    async take(length: number): Promise<Buffer> {
      const pieces: Uint8Array[] = []
      let missing = length
      while (missing > 0) {
        if (rest.length === 0) {
          const { value, done } = await source.next()
          if (done) break
          rest = value
        }
        const piece = rest.subarray(0, missing)
        rest = rest.subarray(piece.length)
        missing -= piece.length
        pieces.push(piece)
      }
      position += length - missing
      return Buffer.concat(pieces)
    },
  }
}
