import { LetheError } from '../../../graphql/errors.ts'
import type { Block, Document, Section } from '../../../typst/document.ts'
import { render } from '../../../typst/render.ts'
import type { ReportColumn } from '../sources/source.ts'
import type { CellWriter } from './cells.ts'
import type { Language } from './chart/chart.ts'
import { drawChart } from './chart/draw.ts'
import { numberIn } from './chart/texts.ts'
import { cellsOf, type Table } from './table.ts'
import { pdfTexts } from './texts.ts'
import { widthsOf } from './widths.ts'
import type { FileReport, WriteOptions } from './write.ts'

/** How many rows a PDF may have: nobody reads more on paper, and laying out takes memory. */
export const mostPdfRows = 2000
const mostCells = 20_000
const mostText = 1_000_000

/** How many rows of so many columns a PDF may have. */
export const pdfRows = (columns: number): number => Math.min(mostPdfRows, Math.floor(mostCells / Math.max(1, columns)))

/** Throws it. `most`: rows. */
export const tooLongForPdf = (most: number): LetheError =>
  new LetheError(
    'LIMIT_EXCEEDED',
    `As a PDF this report has ${most} rows at most, of no more than a million letters: take CSV, XLSX or JSON Lines, which have no such bound, ` +
      'narrow the report down, or take its groups.',
    { most },
  )

/** Longer texts are cut in a PDF. */
const mostCharacters = 2000

/** So many columns stand side by side, if their words have room; of more, each row is a paragraph. */
const mostColumns = 12

/** As PDF/UA: what is counted as a picture and a table, then the rows. All of it is in memory, so there is a bound on the rows. */
export async function pdfOf(
  open: FileReport,
  { rows, groups }: { rows: Table | undefined; groups: Table | undefined },
  writer: CellWriter,
  options: WriteOptions,
): Promise<Buffer> {
  const { language, organisation, timeZone, at, signal } = options
  const texts = pdfTexts[language]
  const sections: Section[] = []
  const flipped = (rows?.columns.length ?? 0) > 5
  const chart = await open.chart?.()
  if (chart?.series.some(({ points }) => points.length > 0))
    sections.push({ title: texts.chart, blocks: [{ type: 'picture', ...drawChart(chart, language) }] })
  if (groups) sections.push({ title: texts.groups, blocks: await tableOf(groups, writer, { language, flipped }) })
  const blocks = rows ? await tableOf(rows, writer, { language, flipped }) : []
  if (rows)
    sections.push({ title: texts.rows, blocks: blocks.length > 0 ? blocks : [{ type: 'text', text: texts.none }] })
  const controller = organisation?.controller ?? ''
  const [author = ''] = controller.split('\n')
  const title = open.name?.[language] ?? open.source.name[language]
  const asOf = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    ...({ dateStyle: 'long', timeStyle: 'short', timeZone } as const),
  }).format(at)
  const shown = (await open.said()).map(({ parameter, value, name }) => ({
    label: parameter.name[language],
    value: name?.[language] ?? (typeof value === 'boolean' ? texts.yesNo(value) : String(value)),
  }))
  const document: Document = {
    ...{ language, title, subtitle: open.source.description[language], author, controller },
    ...{ logo: options.logo ?? null, logoText: author || title, contents: false, numbered: false },
    words: { about: texts.about, contents: '', page: texts.page },
    running: `${title} · ${asOf}`,
    facts: [
      { label: texts.asOf, value: `${asOf} (${timeZone})` },
      ...(options.reader ? [{ label: texts.reader, value: options.reader }] : []),
      ...shown,
      ...(open.definition.filter ? [{ label: texts.filter, value: texts.filtered }] : []),
      ...(open.withheld.length > 0 ? [{ label: texts.withheld, value: texts.columns(open.withheld.length) }] : []),
    ],
    sections,
    flipped,
  }
  return render(document, signal)
}

async function tableOf(
  { columns: asked, rows }: Table,
  writer: CellWriter,
  { language, flipped }: { language: Language; flipped: boolean },
): Promise<Block[]> {
  const all: string[][] = []
  const most = pdfRows(asked.length)
  let text = 0
  for await (const row of rows) {
    const written = cellsOf(row, asked).map((cell, index) => {
      const column = asked[index]
      return column ? cut(plain(writer.text(cell, column)), pdfTexts[language].cut) : ''
    })
    all.push(written)
    text += written.reduce((sum, { length }) => sum + length, 0)
    if (all.length > most || text > mostText) throw tooLongForPdf(most)
  }
  if (all.length === 0) return []
  const stays = asked.map(({ ifAny }, index) => !ifAny || all.some((row) => row[index] !== ''))
  const columns = asked.filter((_, index) => stays[index])
  const cells = all.map((row) => row.filter((_, index) => stays[index]))
  const headings = columns.map(writer.heading)
  const texts = columns.map((_, index) => [headings[index] ?? '', ...cells.map((row) => row[index] ?? '')])
  const widths = columns.length <= mostColumns ? widthsOf(texts, flipped) : undefined
  if (widths) {
    const right = columns.flatMap(({ type }, index) => (type === 'number' ? [index] : []))
    return [{ type: 'grid', columns: headings, right, widths, rows: cells }]
  }
  return cells.map((row, number) => ({
    type: 'line',
    title: numberIn(language)(number + 1),
    fields: row.flatMap((value, index) => (value ? [{ label: headings[index] ?? '', level: 0, value }] : [])),
  }))
}

/** Without what turns the direction of all that follows: a name that does would write the rest of its row backwards. */
const plain = (text: string) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')

function cut(text: string, told: (more: number) => string): string {
  if (text.length <= mostCharacters) return text
  return `${text.slice(0, mostCharacters).toWellFormed()}… ${told(text.length - mostCharacters)}`
}

/** The columns of what is counted: what it is counted by, and how many. */
export const countColumn: ReportColumn = {
  ...{ key: 'count', name: { de: 'Anzahl', en: 'Number' }, type: 'number', right: null },
  ...{ sortable: false, groupable: false },
}
