import type { CsvHeader } from './csv.ts'
import type { Rejected } from './run.ts'

/** The orders with faults as they stood in the file, with its header line, to be mended and imported again; null if there are none. */
export function rejectedFile(rejected: readonly Rejected[], header: CsvHeader | undefined): string | null {
  if (rejected.length === 0) return null
  const quoted = (cell: string) => (/["\r\n,;\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
  const head = header ? [header.columns.map(quoted).join(header.delimiter)] : []
  return `${[...head, ...rejected.flatMap(({ row }) => row.original)].join('\n')}\n`
}
