import type { Cell, ReportColumn } from '../sources/source.ts'

/** What a file shows: columns, and rows that come one by one. */
export type Table = { columns: readonly ReportColumn[]; rows: AsyncIterable<Readonly<Record<string, Cell>>> }

/** The cells of a row, in the order of the columns. */
export const cellsOf = (row: Readonly<Record<string, Cell>>, columns: readonly ReportColumn[]): Cell[] =>
  columns.map(({ key }) => (Object.hasOwn(row, key) ? (row[key] ?? null) : null))
