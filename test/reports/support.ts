import type { Config } from '../../src/config.ts'
import { openRegistry } from '../lawfulness/support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type Data = any

export type Desk = Awaited<ReturnType<typeof openDesk>>

const result = `columns { key type sortable groupable } withheld gone hasNextPage endCursor totalCount
  rows { id contactId cells { column type text number boolean date time id list } }`

/** A report run: `report` names it, as `ReportReference` has it. */
export const run = `query ($report: ReportReference!, $parameters: JSON, $first: Int, $after: String) {
  runReport(report: $report, parameters: $parameters, first: $first, after: $after) { ${result} } }`

export const groups = `query ($report: ReportReference!, $parameters: JSON) {
  reportGroups(report: $report, parameters: $parameters) { count values { column text number boolean date time list } } }`

export const save = `mutation ($input: SaveReportInput!) { saveReport(input: $input) { id version name definition own } }`

/** Which value a cell has, whatever its type. */
export const valueIn = ({ text, number, boolean, date, time, id, list }: Data): Data =>
  [text, number, boolean, date, time, id, list].find((one) => one !== null && one !== undefined) ?? null

/** The values of a row, by column. */
export const cellsOf = (row: Data): Data =>
  Object.fromEntries(row.cells.map((cell: Data) => [cell.column, valueIn(cell)]))

/** An app with purposes and custom fields, and short ways to run reports. */
export async function openDesk({ mail = false, secret }: { mail?: boolean; secret?: string } = {}) {
  const registry = await openRegistry({ ...(mail && { mail: queued }), ...(secret && { secret }) })
  const { ask } = registry
  await ask(
    `mutation { createRetentionClass(input: { key: "kept", names: [{ language: "en", text: "Kept" }], period: "P2Y", start: LAST_CONTACT, action: ERASE }) { key } }`,
  )
  const described = { descriptions: [{ language: 'en', text: 'Custom fields' }], retentionClass: 'kept' }
  await registry.createPurpose({ key: 'custom', ...described })
  const define = (key: string, kind: string, more: object = {}) =>
    ask('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
      input: {
        ...{ key, kind, labels: [{ language: 'en', text: key }], category: 'customers', purpose: 'custom' },
        ...{ retentionClass: 'kept', ...more },
      },
    })
  return {
    ...registry,
    define,
    run: async (report: object, more: object = {}): Promise<Data> => (await ask(run, { report, ...more })).runReport,
    groups: async (report: object, parameters: object = {}): Promise<Data> =>
      (await ask(groups, { report, parameters })).reportGroups.map(({ count, values }: Data) => [
        ...values.map(valueIn),
        count,
      ]),
    save: async (name: string, definition: object): Promise<Data> =>
      (await ask(save, { input: { name, definition } })).saveReport,
  }
}

/** Mails are queued, and nobody sends them. */
const queued: Config['mail'] = { smtpUrl: 'smtp://127.0.0.1:1', from: 'Lethe <lethe@example.org>' }

/** Rights to read, or to read and write. */
export const grants = (reads: readonly string[], writes: readonly string[] = []) => [
  ...reads.filter((right) => !writes.includes(right)).map((right) => ({ right, read: true, write: false })),
  ...writes.map((right) => ({ right, read: true, write: true })),
]
