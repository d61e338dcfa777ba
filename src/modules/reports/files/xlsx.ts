import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { writeXlsxStream } from 'hucre/xlsx'
import type { Cell, ReportColumn } from '../sources/source.ts'
import type { CellWriter } from './cells.ts'
import { cellsOf, type Table } from './table.ts'

/** What a cell of a spreadsheet takes. */
const mostCharacters = 32_767

/**
 * As XLSX, with rows one by one: numbers, days and moments are such, and text is text, whatever it begins with. After 1,048,576 rows,
 * which is all that a sheet has, another sheet begins.
 */
export function xlsxOf(
  { columns, rows }: Table,
  writer: CellWriter,
  { name, large }: { name: string /** Whether it may come to more than 4 GB unpacked. */; large: boolean },
): Readable {
  async function* lines() {
    for await (const row of rows)
      yield cellsOf(row, columns).map((cell, index) => cellValue(cell, columns[index], writer))
  }
  const stream = writeXlsxStream(lines(), {
    name: sheetName(name),
    freezePane: { rows: 1 },
    zip64: large,
    columns: columns.map((column) => ({
      header: sayable(writer.heading(column)),
      width: Math.min(45, Math.max(widths[column.type], writer.heading(column).length + 2)),
      ...formatOf(column),
    })),
  })
  return Readable.fromWeb(stream as ReadableStream)
}

const widths = { text: 28, number: 12, boolean: 10, date: 12, time: 18, id: 40, list: 28 } as const

function formatOf({ key, type }: ReportColumn): { numFmt?: string } {
  if (/:year$/.test(key)) return { numFmt: 'yyyy' }
  if (/:month$/.test(key)) return { numFmt: 'yyyy-mm' }
  if (type === 'date' || /:day$/.test(key)) return { numFmt: 'yyyy-mm-dd' }
  return type === 'time' ? { numFmt: 'yyyy-mm-dd hh:mm:ss' } : {}
}

function cellValue(cell: Cell, column: ReportColumn | undefined, writer: CellWriter) {
  if (cell === null || column === undefined) return null
  // Spreadsheets count days from 1900 on.
  if (cell instanceof Date && cell.getUTCFullYear() >= 1901) return writer.wall(cell, column)
  if (typeof cell === 'number' || typeof cell === 'boolean') return cell
  return sayable(writer.plain(cell, column))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
const special = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]|_x/

/** A text that XML can hold and a cell takes. */
function sayable(text: string): string {
  if (text.length <= mostCharacters && !special.test(text)) return text
  const clean = text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '')
    // Else it would be read as a character by its number.
    .replace(/_(?=x[0-9a-fA-F]{4}_)/g, '_x005F_')
  if (clean.length <= mostCharacters) return clean
  return `${clean.slice(0, mostCharacters - 1).toWellFormed()}…`
}

const sheetName = (name: string): string => {
  const clean = sayable(name)
    .replace(/[[\]:*?/\\\n]/g, ' ')
    .replace(/^'+|'+$/g, '')
    .trim()
  return [...clean].slice(0, 28).join('').slice(0, 28) || 'Lethe'
}
