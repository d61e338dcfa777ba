import { pageSize } from '../../../graphql/builder.ts'
import { badCursor } from '../../../graphql/errors.ts'
import type { Cell, ReportRow, SourceColumn } from '../sources/source.ts'
import { type Grouping, truncated } from './groups.ts'
import type { GroupRow, Rows } from './rows.ts'
import { wallClock } from './wall-clock.ts'

type ListRun = {
  /** Of a source: all that there are, a few. */
  all: () => Promise<readonly ReportRow[]>
  columns: readonly SourceColumn[]
  orderBy: readonly { column: SourceColumn; descending: boolean }[]
  groupBy: readonly Grouping[]
  timeZone: string
}

/** The rows of a source that puts a few together: the cursor is the id of a row. */
export function listRows({ all: read, columns, orderBy, groupBy, timeZone }: ListRun): Rows {
  let known: ReturnType<typeof read> | undefined
  const all = () => (known ??= read())
  const wall = wallClock(timeZone)
  const put = (cell: Cell, by: Grouping): Cell => (cell instanceof Date ? truncated(cell, by, wall) : cell)
  const keys = new Set(columns.map(({ key }) => key))
  const shown = (row: ReportRow): ReportRow => ({
    ...row,
    cells: Object.fromEntries(Object.entries(row.cells).filter(([key]) => keys.has(key))),
  })
  const sorted = async () => (await all()).toSorted((one, other) => compareRows(one, other, orderBy))
  return {
    page: async ({ first, after }) => {
      const rows = await sorted()
      const begin = after ? rows.findIndex(({ id }) => id === after) + 1 : 0
      if (after && begin === 0) throw badCursor()
      const page = rows.slice(begin, begin + first)
      return {
        rows: page.map(shown),
        hasNextPage: begin + first < rows.length,
        endCursor: page.at(-1)?.id ?? null,
      }
    },
    rowsAtOnce: pageSize.maximum,
    count: async (upTo) => Math.min((await all()).length, upTo ?? Number.POSITIVE_INFINITY),
    groups: async () => {
      const groups = new Map<string, GroupRow>()
      for (const { cells } of await all()) {
        const values = Object.fromEntries(groupBy.map((by) => [by.key, put(cells[by.column.key] ?? null, by)]))
        const known = groups.get(JSON.stringify(values))
        groups.set(JSON.stringify(values), { values, count: (known?.count ?? 0) + 1 })
      }
      return [...groups.values()].toSorted((one, other) =>
        compareAll(Object.values(one.values), Object.values(other.values)),
      )
    },
    contactIds: null,
    subjects: null,
    namesPurposes: false,
  }
}

function compareRows(one: ReportRow, other: ReportRow, orderBy: ListRun['orderBy']): number {
  for (const { column, descending } of orderBy) {
    const order = compare(one.cells[column.key] ?? null, other.cells[column.key] ?? null, descending)
    if (order !== 0) return order
  }
  return 0 // As the source has them.
}

const compareAll = (ones: readonly Cell[], others: readonly Cell[]) =>
  ones.map((one, index) => compare(one, others[index] ?? null, false)).find((order) => order !== 0) ?? 0

/** What is unknown comes last, whichever way. */
function compare(one: Cell, other: Cell, descending: boolean): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null)
  const order =
    typeof one === 'string' && typeof other === 'string' ? one.localeCompare(other) : Number(one) - Number(other)
  return descending ? -order : order
}
