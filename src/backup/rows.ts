import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'

// Rows in the text format of COPY: a line each. A line feed within a value is written as \n there, so a byte 10 ends a row.

/** Rows of one table, by its number in the header. */
export type TableRows = { table: number; rows: Buffer }

const lineFeed = 10
const tab = 9

/** How many rows these are. */
export function countRows(rows: Uint8Array): number {
  let count = 0
  for (let at = rows.indexOf(lineFeed); at >= 0; at = rows.indexOf(lineFeed, at + 1)) count++
  return count
}

/** Whole rows as they come, in pieces of about `size` bytes: a row that is longer makes a longer one. */
export async function* wholeRows(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of source) {
    waiting.push(chunk)
    length += chunk.length
    if (length < size || chunk.lastIndexOf(lineFeed) < 0) continue
    const all = Buffer.concat(waiting)
    const end = all.lastIndexOf(lineFeed) + 1
    yield all.subarray(0, end)
    waiting = end < all.length ? [all.subarray(end)] : []
    length = all.length - end
  }
  if (length > 0) yield Buffer.concat(waiting)
}

/** Rows by the value of their first column, where those of one follow each other. Null is `\N`. */
export function* byFirstColumn(rows: Buffer): Generator<{ owner: string; rows: Buffer }> {
  let begin = 0
  let owner = ''
  for (let at = 0; at < rows.length; ) {
    const end = rows.indexOf(lineFeed, at) + 1 || rows.length
    const stop = rows.subarray(at, end).indexOf(tab)
    const first = rows.toString('latin1', at, stop < 0 ? end - 1 : at + stop)
    if (first !== owner) {
      if (at > begin) yield { owner, rows: rows.subarray(begin, at) }
      owner = first
      begin = at
    }
    at = end
  }
  if (rows.length > begin) yield { owner, rows: rows.subarray(begin) }
}

/** One value of rows of several tables: number of the table (2 bytes), length (4), rows; zstd. */
export function packRows(parts: Iterable<TableRows>): Buffer {
  const pieces: Buffer[] = []
  for (const { table, rows } of parts) {
    const head = Buffer.alloc(6)
    head.writeUInt16BE(table)
    head.writeUInt32BE(rows.length, 2)
    pieces.push(head, rows)
  }
  return zstdCompressSync(Buffer.concat(pieces))
}

/** Undoes it. Throws if it was made by something else. */
export function* unpackRows(packed: Uint8Array): Generator<TableRows> {
  const content = unzip(packed)
  for (let at = 0; at < content.length; ) {
    const begin = at + 6
    const end = begin + content.readUInt32BE(at + 2)
    if (end > content.length) throw new Error('rows are cut off')
    yield { table: content.readUInt16BE(at), rows: content.subarray(begin, end) }
    at = end
  }
}

/** Rows of one table: number of the table (2 bytes), then zstd of the rows. */
export function packTable({ table, rows }: TableRows): Buffer {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(table)
  return Buffer.concat([head, zstdCompressSync(rows)])
}

/** Undoes it. Throws if it was made by something else. */
export const unpackTable = (packed: Buffer): TableRows => ({
  table: packed.readUInt16BE(),
  rows: unzip(packed.subarray(2)),
})

/** A few bytes can mean many: no more than PostgreSQL takes at a time. */
const unzip = (packed: Uint8Array) => zstdDecompressSync(packed, { maxOutputLength: 2 ** 30 })
