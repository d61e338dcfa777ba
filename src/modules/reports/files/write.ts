import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { WorkContext } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import type { Document } from '../../../typst/document.ts'
import { logoOf } from '../../../typst/render.ts'
import type { OpenReport } from '../running/open.ts'
import type { ReportRow } from '../sources/source.ts'
import { createCellWriter } from './cells.ts'
import type { Language } from './chart/chart.ts'
import { csvOf } from './csv.ts'
import { type CsvOptions, type FileContent, type FileFormat, usualCsv } from './formats.ts'
import { jsonLinesOf } from './json-lines.ts'
import { countColumn, pdfOf, pdfRows, tooLongForPdf } from './pdf.ts'
import type { Table } from './table.ts'
import { xlsxOf } from './xlsx.ts'

/** What a file needs to know of a report. */
export type FileReport = Pick<
  OpenReport,
  | 'definition'
  | 'said'
  | 'name'
  | 'source'
  | 'columns'
  | 'groupColumns'
  | 'withheld'
  | 'rows'
  | 'groups'
  | 'count'
  | 'chart'
>

/** How a report is written. `optionsFor` has what follows from the installation. */
export type WriteOptions = {
  language: Language
  /** Default: the rows. A PDF has what is counted, too. */
  content?: FileContent
  /** Default: as spreadsheets of the language expect it. */
  csv?: CsvOptions
  /** That moments are told in, but in JSON Lines: an IANA name. */
  timeZone: string
  /** As of when it is. */
  at: Date
  /** Who answers for the data, for a PDF. */
  organisation?: WorkContext['organisation']
  logo?: Document['logo']
  /** For whom it is, for a PDF. */
  reader?: string
  signal?: AbortSignal | undefined
}

/** What of it follows from the installation. */
export async function optionsFor(
  context: Pick<WorkContext, 'organisation' | 'workingDays' | 'signal'>,
  language: Language,
): Promise<WriteOptions> {
  const { organisation, workingDays, signal } = context
  const timeZone = workingDays?.timeZone ?? 'UTC'
  return { language, timeZone, at: new Date(), organisation, logo: await logoOf(context), signal }
}

/**
 * Writes a report as a file, and ends `out`. In bounded memory, however many rows there are: only a PDF is put together as a whole, and
 * takes so many rows at most. Throws LIMIT_EXCEEDED for one with more, INVALID_INPUT where groups are asked for that there are none of.
 *
 * @returns How many rows, or groups, it has.
 */
export async function writeReport(
  open: FileReport,
  format: FileFormat,
  options: WriteOptions,
  out: Writable,
): Promise<{ rows: number }> {
  const { content = 'rows', language, csv = usualCsv(language), signal } = options
  const writer = createCellWriter(options)
  let rows = 0
  async function* counted(source: AsyncIterable<ReportRow>) {
    for await (const { cells } of source) {
      signal?.throwIfAborted()
      rows++
      yield cells
    }
  }
  const table = (): Table => ({ columns: open.columns, rows: counted(open.rows()) })
  let read: Readable
  if (format === 'pdf') {
    const groups = await groupsOf(open)
    if (content === 'groups' && !groups) throw noGroups()
    if (content === 'rows') await refuseLong(open)
    const shown = { groups: groups?.table, rows: content === 'rows' ? table() : undefined }
    const pdf = await pdfOf(open, shown, writer, options)
    if (content === 'groups') rows = groups?.count ?? 0
    read = Readable.from([pdf], { objectMode: false })
  } else {
    const groups = content === 'groups' ? await groupsOf(open) : undefined
    if (content === 'groups' && !groups) throw noGroups()
    rows = groups?.count ?? 0
    const shown = groups?.table ?? table()
    if (format === 'csv') read = csvOf(shown, writer, csv)
    else if (format === 'json_lines') read = jsonLinesOf(shown, writer)
    else {
      const name = open.name?.[language] ?? open.source.name[language]
      read = xlsxOf(shown, writer, { name, large: !groups && (await open.count(large)) >= large })
    }
  }
  await pipeline(read, out, { ...(signal && { signal }) })
  return { rows }
}

/** From here on a spreadsheet may come to more than what the plain form of a ZIP takes. */
const large = 500_000

async function groupsOf(open: FileReport): Promise<{ table: Table; count: number } | undefined> {
  const groups = await open.groups?.()
  if (!groups) return undefined
  async function* rows() {
    for (const { values, count } of groups ?? []) yield { ...values, [countColumn.key]: count }
  }
  return { table: { columns: [...open.groupColumns, countColumn], rows: rows() }, count: groups.length }
}

const noGroups = () =>
  invalidInput([{ field: 'content', message: 'This report groups by nothing: give it a `groupBy`.' }])

/** Before anything is read. */
async function refuseLong({ count, columns }: FileReport) {
  const most = pdfRows(columns.length)
  if ((await count(most + 1)) > most) throw tooLongForPdf(most)
}
