import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Fault } from '../graphql/errors.ts'
import { type BadRowsWriter, badRowsWriter, rejectedFileName } from '../modules/contacts/import/bad-rows.ts'
import type { CsvHeader, ImportFormat, ImportRow } from '../modules/contacts/import/reader.ts'
import { StartError } from '../start-error.ts'

/** The file of rows with faults; made with the first of them. */
export type RejectedRows = {
  count: number
  /** Where the rows went; undefined while there are none. */
  path: string | undefined
  /** Counts a row and writes it down; `countOnly`, in a dry run, writes nothing. */
  add: (
    row: Pick<ImportRow, 'original'>,
    faults: readonly Fault[],
    header: CsvHeader | undefined,
    countOnly: boolean,
  ) => Promise<void>
  close: () => Promise<void>
}

/** @param wanted The file's name, if somebody chose one. It must be a new one: what is there may be being mended. */
export function rejectedRows(wanted: string | undefined, file: string, format: ImportFormat): RejectedRows {
  let handle: FileHandle | undefined
  let writer: BadRowsWriter | undefined
  const rejected: RejectedRows = {
    count: 0,
    path: undefined,

    async add(row, faults, header, countOnly) {
      rejected.count++
      if (countOnly) return
      if (!handle || !writer) {
        const path = wanted ?? unused(rejectedFileName(file))
        handle = await createFile(path)
        rejected.path = path
        writer = badRowsWriter(format, header)
        await handle.write(writer.header())
      }
      await handle.write(writer.write(row, faults))
    },

    close: async () => handle?.close(),
  }
  return rejected
}

/** Personal data: a new file, for nobody else to read. */
async function createFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const reason = code === 'EEXIST' ? 'it is there already' : `it can't be written (${code})`
    throw new StartError(`Rows with faults can't go to ${path}: ${reason}. Choose another file with --rejected.`, {
      cause,
    })
  }
}

/** The name, or the first numbered one that isn't taken. */
function unused(name: string): string {
  if (!existsSync(name)) return name
  const dot = name.lastIndexOf('.')
  for (let number = 2; ; number++) {
    const numbered = `${name.slice(0, dot)}-${number}${name.slice(dot)}`
    if (!existsSync(numbered)) return numbered
  }
}
