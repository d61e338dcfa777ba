import { once } from 'node:events'
import { createWriteStream, existsSync, type WriteStream } from 'node:fs'
import type { Fault } from '../modules/contacts/draft.ts'
import { type BadRowsWriter, badRowsWriter, rejectedFileName } from '../modules/contacts/import/bad-rows.ts'
import type { CsvHeader, ImportFormat, ImportRow } from '../modules/contacts/import/reader.ts'

/** The file of rows with faults; made with the first of them. */
export function rejectedRows(wanted: string | undefined, file: string, format: ImportFormat) {
  let stream: WriteStream | undefined
  let writer: BadRowsWriter | undefined
  const rejected = {
    count: 0,
    /** Where the rows went; undefined while there are none. */
    path: undefined as string | undefined,

    /** @param countOnly In a dry run no file is written. */
    async add(row: ImportRow, faults: readonly Fault[], header: CsvHeader | undefined, countOnly: boolean) {
      rejected.count++
      if (countOnly) return
      if (!stream || !writer) {
        rejected.path = wanted ?? unused(rejectedFileName(file))
        // Personal data: for nobody else to read.
        stream = createWriteStream(rejected.path, { mode: 0o600 })
        await once(stream, 'open')
        writer = badRowsWriter(format, header)
        stream.write(writer.header())
      }
      if (!stream.write(writer.write(row, faults))) await once(stream, 'drain')
    },

    async close() {
      if (!stream) return
      stream.end()
      await once(stream, 'close')
    },
  }
  return rejected
}

/** The name, or the first numbered one that isn't taken: an earlier file may be being mended. */
function unused(name: string): string {
  if (!existsSync(name)) return name
  const dot = name.lastIndexOf('.')
  for (let number = 2; ; number++) {
    const numbered = `${name.slice(0, dot)}-${number}${name.slice(dot)}`
    if (!existsSync(numbered)) return numbered
  }
}
