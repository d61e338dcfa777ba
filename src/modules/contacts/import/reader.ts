import { extname } from 'node:path'
import { type CsvOptions, readCsv } from './csv.ts'
import { decodeText, detectEncoding } from './encoding.ts'
import { readJsonLines } from './json-lines.ts'
import { ImportFileError, type ImportFormat, type ImportRow } from './row.ts'
import { readVCards } from './vcard.ts'

export { type CsvHeader, ImportFileError, type ImportFormat, type ImportRow } from './row.ts'

/** How a file is read. The CSV options matter to CSV files alone; without `encoding` it is detected. */
export type ReadOptions = CsvOptions & { format: ImportFormat; encoding?: string | undefined }

const FORMATS_BY_EXTENSION: Record<string, ImportFormat> = {
  '.vcf': 'vcard',
  '.vcard': 'vcard',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
}

/** The format of a file, by how its text begins and else by its name. Text of no other kind is taken for CSV. */
export function detectFormat(fileName: string, firstBytes: Uint8Array): ImportFormat {
  if (firstBytes.length === 0) {
    throw new ImportFileError('file', 'The file is empty. Choose a file that holds contacts.')
  }
  const start = new TextDecoder(detectEncoding(firstBytes, false)).decode(firstBytes).trimStart()
  if (/^BEGIN:VCARD/i.test(start)) return 'vcard'
  const named = FORMATS_BY_EXTENSION[extname(fileName).toLowerCase()]
  if (named) return named
  if (/^\s*\[/.test(start)) {
    throw new ImportFileError(
      'file',
      'This is a list in JSON. Write each contact as one JSON object in a line of its own.',
    )
  }
  return start.startsWith('{') ? 'jsonl' : 'csv'
}

/** Reads the contacts of a file one after another, never holding more of it than a few rows. */
export function readRows(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncIterable<ImportRow> {
  const text = decodeText(bytes, options.encoding)
  if (options.format === 'csv') return readCsv(text, options)
  return options.format === 'vcard' ? readVCards(text, options.fields) : readJsonLines(text)
}
