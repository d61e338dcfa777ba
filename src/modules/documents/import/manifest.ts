import { CsvError, parse } from 'csv-parse'
import { FAULTS_COLUMN } from '../../contacts/import/csv.ts'
import { ImportFileError } from '../../contacts/import/row.ts'

/** The columns of a manifest. `file` is a path beside it; lists have semicolons or blanks between their parts. */
export const manifestColumns = [
  'file',
  'title',
  'type',
  'personal',
  'media_type',
  'contact_ids',
  'contact_external_ids',
  'contact_emails',
] as const

type Column = (typeof manifestColumns)[number]

/** One line of a manifest, and how it stood there. */
export type ManifestRow = {
  /** For people: `line 12`. */
  place: string
  values: Readonly<Partial<Record<Column, string>>>
  cells: readonly string[]
}

/** The header of a manifest: what a file of rejected rows begins with. */
export type ManifestHeader = { columns: readonly string[]; delimiter: string; unrecognisedColumns: readonly string[] }

/** Reads a manifest, a table in UTF-8 with a header line, row by row. Throws an ImportFileError where it can't be read further. */
export async function* readManifest(
  bytes: AsyncIterable<Uint8Array>,
  { onHeader }: { onHeader?: (header: ManifestHeader) => void } = {},
): AsyncGenerator<ManifestRow> {
  const { delimiter, all } = await delimiterOf(bytes)
  const parser = parse({ delimiter, bom: true, info: true, relax_column_count: true, skip_empty_lines: true })
  const feeding = feed(parser, all)
  let columns: string[] | undefined
  let line = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      line = info.lines
      if (!columns) {
        columns = record.map((cell) => cell.trim().toLowerCase())
        onHeader?.(headerOf(columns, delimiter))
        continue
      }
      const known = columns
      const faultsAt = known.indexOf(FAULTS_COLUMN)
      const values = Object.fromEntries(
        manifestColumns.flatMap((column) => {
          const value = record[known.indexOf(column)]?.trim()
          return value ? [[column, value]] : []
        }),
      )
      yield { place: `line ${line}`, values, cells: faultsAt === -1 ? record : record.toSpliced(faultsAt, 1) }
    }
    await feeding
  } catch (error) {
    if (error instanceof CsvError)
      throw new ImportFileError(`line ${line + 1}`, `The row can't be read: ${error.message}`)
    throw error
  }
  if (!columns)
    throw new ImportFileError('header', 'The manifest has no header line. Put the names of the columns on top.')
}

function headerOf(found: readonly string[], delimiter: string): ManifestHeader {
  const columns = found.filter((column) => column !== FAULTS_COLUMN)
  for (const needed of ['file', 'type'] as const) {
    if (columns.includes(needed)) continue
    throw new ImportFileError(
      'header',
      `The column "${needed}" is missing. Columns are: ${manifestColumns.join(', ')}.`,
    )
  }
  const names: readonly string[] = manifestColumns
  return { columns, delimiter, unrecognisedColumns: columns.filter((column) => !names.includes(column)) }
}

/** What stands between the names of columns, and all that was given. */
async function delimiterOf(bytes: AsyncIterable<Uint8Array>) {
  const iterator = bytes[Symbol.asyncIterator]()
  const first = await iterator.next()
  const [header = ''] = Buffer.from(first.value ?? [])
    .toString('utf8')
    .split(/\r?\n/)
  const counted = [',', ';', '\t'].map((one) => ({ one, count: header.split(one).length }))
  const delimiter = counted.reduce((best, other) => (other.count > best.count ? other : best)).one
  async function* all() {
    if (first.value) yield first.value
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { delimiter, all: all() }
}

async function feed(parser: ReturnType<typeof parse>, bytes: AsyncIterable<Uint8Array>) {
  for await (const chunk of bytes) {
    if (parser.destroyed) return
    if (!parser.write(chunk)) await new Promise((done) => parser.once('drain', done).once('close', done))
  }
  parser.end()
}
