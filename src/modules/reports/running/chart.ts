import type { Text } from '../../disclosed.ts'
import type { Chart } from '../../statistics/chart.ts'
import { type Cell, type ReportColumn, wordOf } from '../sources/source.ts'
import type { Grouping } from './groups.ts'
import type { GroupRow } from './rows.ts'

type Point = Chart['series'][number]['points'][number]

const unknown: Text = { de: 'nicht bekannt', en: 'not known' }
const count: Text = { de: 'Anzahl', en: 'Number' }

/** The groups of a report as a picture: over time a line for each of what else it is put together by; else bars. */
export function chartOf(groupBy: readonly Grouping[], groups: readonly GroupRow[]): Chart | null {
  const x = groupBy.find(({ every }) => every) ?? groupBy[0]
  if (!x) return null
  const others = groupBy.filter((by) => by !== x)
  const nameOf = ({ values }: GroupRow): Text => {
    if (others.length === 0) return count
    const parts = others.map(({ key, column }) => textOf(values[key] ?? null, column))
    return { de: parts.map(({ de }) => de).join(', '), en: parts.map(({ en }) => en).join(', ') }
  }
  const series = Map.groupBy(groups, (group) => JSON.stringify(nameOf(group)))
  return {
    kind: x.every ? 'line' : others.length > 0 ? 'stacked' : 'bar',
    x: x.column.name,
    series: [...series.values()].flatMap((own) => {
      const [first] = own
      if (!first) return []
      const points = own.flatMap((group): Point[] => {
        const value = group.values[x.key] ?? null
        if (x.every) return value instanceof Date ? [{ x: value, y: group.count }] : []
        return [{ x: textOf(value, x.column), y: group.count }]
      })
      return [{ name: nameOf(first), points }]
    }),
  }
}

function textOf(value: Cell, column: ReportColumn): Text {
  if (value === null || value === '') return unknown
  if (typeof value === 'boolean') return value ? { de: 'ja', en: 'yes' } : { de: 'nein', en: 'no' }
  const text = value instanceof Date ? value.toISOString().slice(0, 10) : String(value)
  return wordOf(text, column) ?? { de: text, en: text }
}
