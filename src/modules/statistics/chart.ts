import type { Text } from '../disclosed.ts'
import { dimensions } from './cells.ts'
import type { By, Cell } from './read.ts'
import { eventTexts, wordsOf } from './words.ts'

/** What a picture of numbers shows. Points are in the order of x, a text where each language has its own; `y` null: suppressed. */
export type Chart = {
  kind: 'bar' | 'line' | 'stacked'
  x: Text
  series: readonly { name: Text; points: readonly { x: string | Date | Text; y: number | null }[] }[]
}

/**
 * The numbers of an answer as a chart: a line for each event and all that it is told apart by, over time; without time, bars. What is suppressed
 * in all periods is left out.
 *
 * @param purposes How purposes are called, by key.
 */
export function statisticsChart(
  cells: readonly Cell[],
  by: readonly By[],
  purposes: Readonly<Record<string, Text>> = {},
): Chart {
  const overTime = by.some((one) => one === 'month' || one === 'quarter' || one === 'year')
  const series = Map.groupBy(cells, (cell) => (overTime ? seriesOf(cell) : cell.event))
  return {
    kind: overTime ? 'line' : 'bar',
    x: overTime ? { de: 'Zeitraum', en: 'Period' } : { de: 'Gruppe', en: 'Group' },
    series: [...series.values()].flatMap(([first, ...rest]) => {
      if (!first || ![first, ...rest].some(({ count }) => count !== null)) return []
      const points = [first, ...rest].flatMap((cell) => {
        const x = overTime ? periodOf(cell, by) : joined(groupsOf(cell, purposes))
        return x === null ? [] : [{ x, y: cell.count }]
      })
      const event = eventTexts[first.event].text
      return [{ name: joined([event, ...(overTime ? groupsOf(first, purposes) : [])]), points }]
    }),
  }
}

/** The same for numbers that differ by their time alone. */
export const seriesOf = (cell: Cell): string => JSON.stringify([cell.event, ...dimensions.map((one) => cell[one])])

/** What a number is told apart by, as people call it. */
function groupsOf(
  { purposeKey, ground, channel, kind, language }: Cell,
  purposes: Readonly<Record<string, Text>>,
): Text[] {
  const called = (value: string | null, words: Readonly<Record<string, Text>>) =>
    value === null
      ? []
      : [Object.hasOwn(words, value) ? words[value] : undefined].map((text) => text ?? { de: value, en: value })
  return [
    ...called(purposeKey, purposes),
    ...[
      ...called(ground, wordsOf.ground),
      ...called(channel, wordsOf.channel),
      ...called(kind, wordsOf.kind),
      ...called(language, wordsOf.language),
    ].map(short),
  ]
}

/** Without the article of the law. */
const short = ({ de, en }: Text): Text => ({ de: de.replace(/ \(Art\..*\)$/, ''), en: en.replace(/ \(Art\..*\)$/, '') })

/** Quarters by their number: by its first day, one would be taken for a month. */
function periodOf({ period }: Cell, by: readonly By[]): Date | string | null {
  if (!period || !by.includes('quarter')) return period
  return `${period.getUTCFullYear()} Q${Math.floor(period.getUTCMonth() / 3) + 1}`
}

const joined = (texts: readonly Text[]): Text => ({
  de: texts.map(({ de }) => de).join(', '),
  en: texts.map(({ en }) => en).join(', '),
})
