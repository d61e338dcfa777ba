import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileFormat, formats } from '../../src/modules/reports/files/formats.ts'
import { mostPdfRows } from '../../src/modules/reports/files/pdf.ts'
import { type FileReport, writeReport } from '../../src/modules/reports/files/write.ts'
import { sourceOf } from '../../src/modules/reports/sources/index.ts'
import type { ReportColumn, ReportRow } from '../../src/modules/reports/sources/source.ts'

// How long a file of a report takes, and how much memory, by rows: the writers alone, as the rows come from nowhere.
//   npm run bench:report-files -- csv 1000000

const [given = 'csv', count = '100000'] = process.argv.slice(2)
const format: FileFormat = formats.find((one) => one === given) ?? 'csv'
const rows = format === 'pdf' ? Math.min(Number(count), mostPdfRows) : Number(count)

const column = (key: string, type: ReportColumn['type']): ReportColumn => ({
  ...{ key, type, name: { de: key, en: key }, right: null, sortable: false, groupable: false },
})
const columns = [
  ...[column('displayName', 'text'), column('email', 'text'), column('ground', 'text'), column('amount', 'number')],
  ...[
    column('birthDate', 'date'),
    column('validUntil', 'time'),
    column('tags', 'list'),
    column('restricted', 'boolean'),
  ],
]

async function* made(): AsyncGenerator<ReportRow> {
  for (let number = 0; number < rows; number++) {
    const cells = {
      ...{
        displayName: `Ida Beispiel ${number}`,
        email: `ida.${number}@example.org`,
        ground: 'consent',
        amount: number / 7,
      },
      ...{ birthDate: new Date(Date.UTC(1950, 0, number % 20000)), validUntil: new Date(1.8e12 + number * 1e6) },
      ...{ tags: ['customer', 'berlin'], restricted: number % 9 === 0 },
    }
    yield { id: String(number), contactId: null, cells }
  }
}

const source = sourceOf('contacts')
const open: FileReport = {
  ...{
    source,
    columns,
    name: source.name,
    said: async () => [],
    withheld: [],
    groupColumns: [],
    groups: null,
    chart: null,
  },
  definition: { source: 'contacts', columns: [], filter: null, groupBy: [], orderBy: [], parameters: {} },
  rows: made,
  count: async (upTo = rows) => Math.min(rows, upTo),
}

const path = join(tmpdir(), `lethe-report-${process.pid}`)
const used = process.cpuUsage()
const before = process.resourceUsage().maxRSS
await writeReport(open, format, { language: 'de', timeZone: 'Europe/Berlin', at: new Date() }, createWriteStream(path))
const { size } = await stat(path)
await rm(path)
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
console.log(
  `${format}, ${rows} rows: ${Math.round(process.cpuUsage(used).user / 1000)} ms of a processor, ${megabytes(size)}; ` +
    `memory at most ${megabytes(process.resourceUsage().maxRSS * 1024)}, ${megabytes(before * 1024)} of it before`,
)
