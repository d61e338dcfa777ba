import { Readable } from 'node:stream'
import type { CellWriter } from './cells.ts'
import { cellsOf, type Table } from './table.ts'

/** As JSON Lines: an object a row, by the keys of the columns, nothing left out. */
export function jsonLinesOf({ columns, rows }: Table, writer: CellWriter): Readable {
  async function* lines() {
    for await (const row of rows) {
      const cells = cellsOf(row, columns)
      const values = columns.map((column, index) => [column.key, writer.json(cells[index] ?? null, column)] as const)
      yield Buffer.from(`${JSON.stringify(Object.fromEntries(values))}\n`)
    }
  }
  return Readable.from(lines(), { objectMode: false })
}
