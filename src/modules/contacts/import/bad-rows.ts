import { parse } from 'node:path'
import type { Fault } from '../../../graphql/errors.ts'
import { FAULTS_COLUMN } from './csv.ts'
import { FAULTS_KEY } from './json-lines.ts'
import type { CsvHeader, ImportFormat, ImportRow } from './row.ts'
import { FAULT_PROPERTY } from './vcard.ts'

/** Makes the text of a file of rejected rows. */
export type BadRowsWriter = {
  /** What stands at the top of the file. */
  header: () => string
  /** The row as it was, with what is wrong with it. */
  write: (row: Pick<ImportRow, 'original'>, faults: readonly Fault[]) => string
}

/**
 * Writes rejected rows in the format they came in, as UTF-8, each with its faults, so that they can be mended and
 * imported again. A CSV file needs the header of the one that was read.
 */
export function badRowsWriter(format: ImportFormat, csvHeader?: CsvHeader): BadRowsWriter {
  return {
    // By the byte order mark spreadsheets know UTF-8 when they open the file for mending.
    header: () =>
      format === 'csv' && csvHeader ? `\uFEFF${csvLine([FAULTS_COLUMN, ...csvHeader.columns], csvHeader)}` : '',
    write: ({ original }, faults) => {
      const messages = faults.map(({ field, message }) => `${field}: ${message}`)
      if (original.format === 'csv') return csvLine([messages.join(' '), ...original.cells], original.header)
      if (original.format === 'vcard') return vCardLines(original.lines, messages)
      return jsonLines(original.line, messages)
    },
  }
}

/** Where the rejected rows of a file go: `contacts.csv` has its rejected rows in `contacts.rejected.csv`. */
export function rejectedFileName(fileName: string): string {
  const { dir, name, ext } = parse(fileName)
  return `${dir}${dir && !dir.endsWith('/') ? '/' : ''}${name}.rejected${ext}`
}

function csvLine(cells: readonly string[], { delimiter }: CsvHeader): string {
  const quote = (cell: string) =>
    /^\s|["\r\n,;\t]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell
  return `${cells.map(quote).join(delimiter)}\r\n`
}

function vCardLines(lines: readonly string[], messages: readonly string[]): string {
  const faults = messages.map((message) => `${FAULT_PROPERTY}:${message.replace(/[\r\n]+/g, ' ')}`)
  const [first = ''] = lines
  const isCard = /^BEGIN:VCARD\s*$/i.test(first)
  const all = isCard ? [first, ...faults, ...lines.slice(1)] : [...faults, ...lines]
  return all.map((line) => `${line}\r\n`).join('')
}

/** The faults go into the object; a line that is no object is left as it is, with its faults in a line before it. */
function jsonLines(line: string, messages: readonly string[]): string {
  const rest = /^\s*\{\s*(?=")(.*\})\s*$/s.exec(line)?.[1]
  const faults = JSON.stringify(messages)
  return rest ? `{"${FAULTS_KEY}":${faults},${rest}\n` : `{"${FAULTS_KEY}":${faults}}\n${line}\n`
}
