import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type CsvHeader,
  detectFormat,
  ImportFileError,
  type ImportFormat,
  type ImportRow,
  type ReadOptions,
  readRows,
} from '../../src/modules/contacts/import/reader.ts'

/** Where the example address books lie. */
export const folder = fileURLToPath(new URL('../fixtures/address-books/', import.meta.url))
/** The names of the example address books. */
export const names = readdirSync(folder)
/** All formats. */
export const formats: ImportFormat[] = ['csv', 'vcard', 'jsonl']

/** What reading a file led to. */
export type Outcome = { rows: ImportRow[]; header?: CsvHeader; error?: string }

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]) {
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] || 1
    yield bytes.slice(start, start + size)
    start += size
  }
}

/** Everything that reading yields; a file error is part of it, any other is thrown. */
export async function outcome(bytes: Uint8Array, options: ReadOptions, sizes?: readonly number[]): Promise<Outcome> {
  const result: Outcome = { rows: [] }
  const onHeader = (header: CsvHeader) => {
    result.header = header
  }
  try {
    for await (const row of readRows(chunksOf(bytes, sizes), { ...options, onHeader })) result.rows.push(row)
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error
    result.error = `${error.place}: ${error.message}`
  }
  return result
}

/** Reads a text that is encoded in UTF-8. */
export const readText = (text: string, options: ReadOptions) => outcome(Buffer.from(text), options)
/** The drafts in a text. */
export const drafts = async (text: string, options: ReadOptions) =>
  (await readText(text, options)).rows.map((row) => row.draft)

/** Reads one of the example address books. */
export async function readFixture(name: string): Promise<Outcome> {
  const bytes = readFileSync(folder + name)
  return await outcome(bytes, { format: detectFormat(name, bytes.subarray(0, 1024)) })
}
