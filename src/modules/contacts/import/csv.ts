import { CsvError, parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'
import { csvDraft } from './csv-draft.ts'
import { type Headings, readHeadings } from './csv-headings.ts'
import { type CsvHeader, ImportFileError, type ImportRow } from './row.ts'
import type { ImportFields } from './targets.ts'

/** How a CSV file is read. `map` leads columns that are not recognised to a field (targets.ts). */
export type CsvOptions = {
  map?: Readonly<Record<string, string>> | undefined
  delimiter?: string | undefined
  /** The custom fields that columns can go to. */
  fields?: ImportFields | undefined
  /** Called once, before the first row. */
  onHeader?: ((header: CsvHeader) => void) | undefined
}

/** The column that a list of rejected rows has in front, and that is passed over when it is imported again. */
export const FAULTS_COLUMN = 'lethe_faults'

type CsvRecord = { line: number; cells: string[]; raw: string }

// A row longer than this is most likely the rest of the file behind a quotation mark that nobody closed.
const MAX_ROW_BYTES = 1024 * 1024
const MAX_HEADER_LENGTH = 64 * 1024

/** Reads contacts from a table of comma, semicolon or tab separated values with a header line. */
export async function* readCsv(text: AsyncIterable<string>, options: CsvOptions = {}): AsyncGenerator<ImportRow> {
  let head: { header: CsvHeader; headings: Headings; faultsColumn: number } | undefined
  const { delimiter, rest } = await readStart(text, options.delimiter)
  for await (const record of readRecords(rest, delimiter)) {
    if (record.cells.every((cell) => cell.trim() === '')) continue
    if (!head) {
      head = readHeader(record, delimiter, options.map ?? {}, options.fields)
      options.onHeader?.(head.header)
      continue
    }
    const { header, headings, faultsColumn } = head
    const cells = faultsColumn === -1 ? record.cells : record.cells.toSpliced(faultsColumn, 1)
    const expected = header.columns.length
    const message = `The row has ${cells.length} cells, the header has ${expected}. Put cells that hold a ${nameOf(delimiter)} into quotation marks.`
    yield {
      place: `line ${record.line}`,
      ...csvDraft(cells, headings),
      faults: cells.length === expected ? [] : [{ field: 'row', message }],
      original: { format: 'csv', header, cells },
    }
  }
  if (!head) throw new ImportFileError('header', 'The file has no header line. Put the names of the columns on top.')
}

function readHeader(
  { cells }: CsvRecord,
  delimiter: string,
  map: Readonly<Record<string, string>>,
  fields?: ImportFields,
) {
  const faultsColumn = cells.findIndex((cell) => cell.trim() === FAULTS_COLUMN)
  const columns = (faultsColumn === -1 ? cells : cells.toSpliced(faultsColumn, 1)).map((cell) => cell.trim())
  const headings = readHeadings(columns, map, fields)
  const unrecognisedColumns = columns.filter((_, index) => !headings.targets[index])
  if (headings.targets.every((target) => !target || target.to === 'nothing')) {
    throw new ImportFileError(
      'header',
      `None of the columns is recognised: ${columns.join(', ').slice(0, 500)}. Name their fields with --map.`,
    )
  }
  return { header: { columns, delimiter, unrecognisedColumns }, headings, faultsColumn }
}

async function* readRecords(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<CsvRecord> {
  const ready: CsvRecord[] = []
  let line = 1
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    ltrim: true,
    raw: true,
    max_record_size: MAX_ROW_BYTES,
    // Nothing is pushed: rows read before an error in the same chunk would be thrown away with the stream's buffer.
    // With `raw` each record comes together with its text, which the types of csv-parse do not tell.
    on_record: (entry: string[] | { record: string[]; raw: string }) => {
      const { record, raw } = Array.isArray(entry) ? { record: entry, raw: '' } : entry
      ready.push({ line, cells: record, raw })
      line += 1 + record.reduce((sum, cell) => sum + newlines(cell), 0)
      return null
    },
  })
  // The callbacks below receive the same error; without a listener it would end the process.
  parser.on('error', () => {})
  const settle = (start: (done: (error?: Error | null) => void) => void) =>
    new Promise<Error | undefined>((resolve) => start((error) => resolve(error ?? undefined)))
  const flush = function* (error: Error | undefined) {
    for (const record of ready.splice(0)) {
      refuseOpenQuote(record, delimiter)
      yield record
    }
    if (error) throw error instanceof CsvError ? brokenRow(error, line) : error
  }
  for await (const chunk of text) yield* flush(await settle((done) => parser.write(chunk, done)))
  yield* flush(await settle((done) => parser.end(done)))
}

/** Stray quotation marks are tolerated in a row of one line. In one of many lines they have swallowed other rows. */
function refuseOpenQuote({ line, cells, raw }: CsvRecord, delimiter: string) {
  if (!cells.some((cell) => cell.startsWith('"') && newlines(cell) > 0)) return
  try {
    parseAtOnce(raw, { delimiter, record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true, ltrim: true })
  } catch (error) {
    throw error instanceof CsvError ? brokenRow(error, line) : error
  }
}

function brokenRow(error: CsvError, line: number): ImportFileError {
  const isTooLong = error.code === 'CSV_MAX_RECORD_SIZE'
  return new ImportFileError(
    `line ${line}`,
    `A quotation mark opened in the row that begins here is not closed${isTooLong ? ' within 1 MiB' : ''}. Close it, and double the marks within a cell.`,
  )
}

/** The delimiter, from the user, from Excel's `sep=;` line or as the most frequent in the header; and the text. */
async function readStart(text: AsyncIterable<string>, chosen: string | undefined) {
  if (chosen !== undefined && !/^[^"\r\n]$/.test(chosen)) {
    throw new ImportFileError('file', 'The delimiter must be one character, such as a comma or a semicolon.')
  }
  const chunks = text[Symbol.asyncIterator]()
  let start = ''
  let header: string | undefined
  while (header === undefined) {
    const { done, value } = await chunks.next()
    start += value ?? ''
    header = /^(?:\s*[\r\n])?((?:"[^"]*"|[^"\r\n])+)[\r\n]/.exec(start)?.[1]
    if (done || start.length > MAX_HEADER_LENGTH) header ??= start.slice(0, MAX_HEADER_LENGTH)
  }
  const excel = /^sep=(.)\r?$/m.exec(header.split('\n')[0] ?? '')?.[1]
  const rest = async function* () {
    // The line stays as an empty one, so that the others keep their numbers.
    yield excel ? start.replace(/^sep=./, '') : start
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return { delimiter: chosen ?? excel ?? mostFrequent(header), rest: rest() }
}

function mostFrequent(header: string): string {
  const [line = ''] = header.replace(/"[^"]*"/g, '').split(/[\r\n]/)
  const counts = [',', ';', '\t'].map((delimiter) => ({ delimiter, count: line.split(delimiter).length }))
  return counts.reduce((best, each) => (each.count > best.count ? each : best)).delimiter
}

function nameOf(delimiter: string): string {
  return { ',': 'comma', ';': 'semicolon', '\t': 'tab' }[delimiter] ?? delimiter
}

function newlines(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0
}
