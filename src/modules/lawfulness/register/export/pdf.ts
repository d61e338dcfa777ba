import { fileURLToPath } from 'node:url'
import pdfmake from 'pdfmake'
import type { Content, ContentText, TableCell, TDocumentDefinitions } from 'pdfmake/interfaces.js'
import type { Processing, ProcessingRegister } from './collect.ts'
import { actionLabels, durationText, groundLabels, labels, startLabels } from './labels.ts'

const fontFile = (name: string) => fileURLToPath(import.meta.resolve(`pdfmake/fonts/Roboto/Roboto-${name}.ttf`))

const fonts = {
  normal: fontFile('Regular'),
  bold: fontFile('Medium'),
  italics: fontFile('Italic'),
  bolditalics: fontFile('MediumItalic'),
}

/** The register as pages to print, PDF, with its fonts in it. Nothing is loaded from elsewhere. */
export async function renderRegister(register: ProcessingRegister): Promise<Buffer> {
  pdfmake.setFonts({ Roboto: fonts })
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy((path) => Object.values(fonts).includes(path))
  return pdfmake.createPdf(documentOf(register)).getBuffer()
}

function documentOf(register: ProcessingRegister): TDocumentDefinitions {
  const { language, controller, dataProtectionOfficer, processings, measures } = register
  const label = (name: keyof typeof labels) => labels[name][language]
  const asOf = new Date(register.generatedAt).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return {
    pageSize: 'A4',
    pageMargins: [56, 56, 56, 64],
    info: { title: label('title'), subject: label('law'), creator: 'Lethe', producer: 'Lethe' },
    language,
    defaultStyle: { font: 'Roboto', fontSize: 9.5, lineHeight: 1.2, color: '#1a1a1a' },
    styles: {
      title: { fontSize: 20, bold: true, lineHeight: 1.1 },
      law: { fontSize: 10, color: '#555555', margin: [0, 2, 0, 14] },
      section: { fontSize: 14, bold: true, margin: [0, 20, 0, 6] },
      name: { fontSize: 11.5, bold: true, margin: [0, 12, 0, 4] },
      label: { color: '#555555' },
    },
    footer: (page, pages) => ({
      columns: [
        { text: `${label('title')} · ${label('asOf')} ${asOf} UTC` },
        { text: `${label('page')} ${page} ${label('of')} ${pages}`, alignment: 'right', width: 90 },
      ],
      margin: [56, 24, 56, 0],
      fontSize: 8,
      color: '#555555',
    }),
    content: [
      { text: label('title'), style: 'title' },
      { text: label('law'), style: 'law' },
      table([
        [label('asOf'), `${asOf} UTC`],
        [label('controller'), controller],
        [label('dataProtectionOfficer'), dataProtectionOfficer],
      ]),
      { text: label('processings'), style: 'section' },
      ...(processings.length === 0 ? [label('none')] : numbered(processings).map((one) => activity(one, register))),
      { text: label('measures'), style: 'section' },
      { text: label('measuresLaw'), style: 'law' },
      table(measures.map(({ title, description }) => [title, description])),
    ],
  }
}

type Row = readonly [string, string | readonly string[] | null]

/**
 * What nobody wrote anything about is told as such: a gap in the register should be seen. A heading stays with the first rows,
 * and comes again where the table goes on over the page.
 */
const table = (rows: readonly Row[], heading?: string): Content => ({
  layout: {
    hLineWidth: (line) => (heading !== undefined && line === 0 ? 0 : 0.5),
    vLineWidth: () => 0,
    hLineColor: () => '#cccccc',
    paddingLeft: () => 0,
    paddingRight: () => 8,
    paddingTop: () => 3,
    paddingBottom: () => 3,
  },
  table: {
    widths: [135, '*'],
    ...(heading !== undefined && { headerRows: 1, keepWithHeaderRows: 1 }),
    body: [
      ...(heading === undefined ? [] : [[{ text: breakable(heading), style: 'name', colSpan: 2 }, '']]),
      ...rows.map(([name, value]): TableCell[] => [
        { text: breakable(name), style: 'label' },
        { text: breakable(textOf(value)) },
      ]),
    ],
  },
})

const textOf = (value: Row[1]): string => {
  const text = typeof value === 'string' ? value : (value ?? []).join('\n')
  return text || '–'
}

/** Longer than this, a word may not fit into a column: it would widen the table past the edge of the page. */
const longWord = /(\S{40,})/

/** A text whose long words, such as web addresses, may be broken anywhere. */
const breakable = (text: string): string | ContentText[] =>
  longWord.test(text)
    ? text
        .split(longWord)
        .filter(Boolean)
        .map((part) => (longWord.test(part) ? { text: part, wordBreak: 'break-all' } : { text: part }))
    : text

function activity({ processing, number }: Numbered, { language, processings }: ProcessingRegister): Content {
  const label = (name: keyof typeof labels) => labels[name][language]
  const { retentionClass, notice, retiredAt, defaultValidity } = processing
  const parent = processings.find(({ key }) => key === processing.partOf)
  const optional: Row[] = [
    ...(parent ? [[label('partOf'), parent.name] as const] : []),
    ...(processing.specialCategories ? [[label('special'), label('specialYes')] as const] : []),
    ...(processing.directMarketing ? [[label('marketing'), label('marketingYes')] as const] : []),
    ...(defaultValidity ? [[label('validity'), durationText(defaultValidity, language)] as const] : []),
    ...(notice
      ? [[label('notice'), `${label('version')} ${notice.version}, ${dayOf(notice.publishedAt, language)}`] as const]
      : []),
    ...(retiredAt ? [[label('ended'), dayOf(retiredAt, language)] as const] : []),
  ]
  return table(
    [
      [label('key'), processing.key],
      [label('description'), processing.description],
      [label('grounds'), processing.grounds.map((ground) => groundLabels[ground][language])],
      [label('dataSubjects'), processing.dataSubjects],
      [label('dataCategories'), processing.dataCategories],
      [label('recipients'), processing.recipients],
      [label('transfers'), processing.transfers],
      [
        label('retention'),
        [...(retentionClass ? retentionText(retentionClass, language) : []), ...customText(processing, language)],
      ],
      ...optional,
    ],
    `${number}  ${processing.name}`,
  )
}

/** How long what custom fields keep is kept. */
const customText = ({ customData }: Processing, language: 'de' | 'en') =>
  customData.map(
    ({ category, retentionClass: { name, period } }) => `${category}: ${name}, ${durationText(period, language)}`,
  )

function retentionText(
  { name, period, start, citation, action }: NonNullable<Processing['retentionClass']>,
  language: 'de' | 'en',
) {
  const found = <T extends Record<string, { de: string; en: string }>>(texts: T, key: string) =>
    Object.entries(texts).find(([known]) => known === key)?.[1][language] ?? key
  const rule = `${durationText(period, language)} ${found(startLabels, start)}, ${found(actionLabels, action)}`
  return [name, rule, ...(citation ? [citation] : [])]
}

const dayOf = (iso: string, language: 'de' | 'en') =>
  new Date(iso).toLocaleDateString(language === 'de' ? 'de-DE' : 'en-GB', { dateStyle: 'long', timeZone: 'UTC' })

type Numbered = { processing: Processing; number: string }

/** Numbers like those of chapters: 1, 1.1, 1.2, 2. */
function numbered(processings: readonly Processing[]): Numbered[] {
  const counts: number[] = []
  return processings.map((processing) => {
    counts.length = processing.depth + 1
    counts[processing.depth] = (counts[processing.depth] ?? 0) + 1
    return { processing, number: counts.join('.') }
  })
}
