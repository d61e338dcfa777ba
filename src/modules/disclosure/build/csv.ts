import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { Disclosed } from '../../disclosed.ts'

type Row = Disclosed['record']

/**
 * Records of one kind as CSV (RFC 4180, UTF-8 with a byte order mark, as spreadsheets want it). What is nested stands in its cell
 * as JSON; a cell that a spreadsheet would take for a formula begins with an apostrophe.
 */
export const csvOf = (columns: readonly string[], records: AsyncIterable<Row>): AsyncIterable<Uint8Array> =>
  Readable.from(records).pipe(
    stringify({
      columns: [...columns],
      header: true,
      bom: true,
      escape_formulas: true,
      record_delimiter: 'windows',
      cast: { object: (value: object) => JSON.stringify(value), boolean: String },
    }),
  )
