import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { CellWriter } from './cells.ts'
import { type CsvOptions, separators } from './formats.ts'
import { cellsOf, type Table } from './table.ts'

// What a spreadsheet takes for the beginning of a formula: at the beginning of a cell, whatever stands before it that nobody sees; and
// behind a separator or a line break within it, as a spreadsheet that is told another separator begins a cell there. (OWASP: CSV Injection)
const begins = /(^|[,;\t|\n])([\s"'\p{Cf}]*)(?=[=+\-@＝＋－＠])/gu

// Most texts have nothing of all that.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
const special = /[=+\-@＝＋－＠\u0000-\u001f\u007f-\u009f\ud800-\udfff]/

/** A text that no spreadsheet runs: an apostrophe stands before what would begin a formula. Control characters are left out. */
export const harmless = (text: string): string => (special.test(text) ? cleaned(text) : text)

const cleaned = (text: string) =>
  text
    .replace(/\r\n?/g, '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '')
    .toWellFormed()
    .replace(begins, "$1$2'")

/**
 * As CSV (RFC 4180, UTF-8). Days and moments are `2027-01-31 09:30:00`, numbers as the language has them. Text that a spreadsheet would
 * take for a formula has an apostrophe before it; numbers, also negative ones, are as they are.
 */
export function csvOf(
  { columns, rows }: Table,
  writer: CellWriter,
  { byteOrderMark, separator }: CsvOptions,
): Readable {
  async function* lines() {
    yield columns.map((column) => harmless(writer.heading(column)))
    for await (const row of rows) {
      yield cellsOf(row, columns).map((cell, index) => {
        const column = columns[index]
        if (!column) return ''
        const text = writer.plain(cell, column)
        return typeof cell === 'string' || Array.isArray(cell) ? harmless(text) : text
      })
    }
  }
  const options = { bom: byteOrderMark, delimiter: separators[separator], record_delimiter: 'windows' } as const
  return Readable.from(lines()).compose(stringify(options))
}
