import type { Text } from '../../../disclosed.ts'

/** The languages that files are written in. */
export type Language = 'de' | 'en'

/** A value on the axis: a category, or the first moment of a day, a month or a year. */
export type ChartX = string | Date | Text

/** What a picture of a report or of statistics shows: counts. Points are in the order of x; `y` null: suppressed, since it is of too few. */
export type DrawableChart = {
  kind: 'bar' | 'line' | 'stacked'
  x: Text
  series: readonly { name: Text; points: readonly { x: ChartX; y: number | null }[] }[]
}

/** A chart that can be drawn: texts in one language, each series with a value for each category. Undefined: there is none. */
export type Prepared = {
  kind: DrawableChart['kind']
  language: Language
  x: string
  categories: readonly string[]
  series: readonly { name: string; values: readonly (number | null | undefined)[] }[]
}

/** More than these can't be told apart: the smallest go together. */
export const mostSeries = 6
const mostCategories = 40
const mostPoints = 366

/** Puts the points of all series side by side; what is beyond what can be read is put together, or left out at the beginning of time. */
export function prepare({ kind, x, series }: DrawableChart, language: Language): Prepared {
  const all = series.flatMap(({ points }) => points.map((point) => point.x))
  const dates = all.filter((value) => value instanceof Date)
  const written = dateWriter(dates, language)
  const keyOf = (value: ChartX) => (value instanceof Date ? value.toISOString() : textOf(value, language))
  const labels = new Map(
    all.map((value) => [keyOf(value), value instanceof Date ? written(value) : textOf(value, language)]),
  )
  // Of days, months, quarters and years as ISO 8601 writes them, letters sort as time does.
  const isDated =
    dates.length === all.length || (kind === 'line' && [...labels.keys()].every((key) => /^\d{4}\b/.test(key)))
  const keys = isDated ? [...labels.keys()].sort().slice(-mostPoints) : [...labels.keys()]
  const rows = series.map(({ name, points }) => {
    const byKey = new Map(points.map((point) => [keyOf(point.x), point.y]))
    return { name: name[language], values: keys.map((key) => byKey.get(key)) }
  })
  const few = inSixSeries(rows, others[language])
  const categories = keys.map((key) => labels.get(key) ?? key)
  const drawn = { kind, language, x: x[language] }
  if (kind === 'line' || categories.length <= mostCategories) return { ...drawn, categories, series: few }
  // What comes last is put together, as nobody reads a hundred bars.
  const first = mostCategories - 1
  return {
    ...drawn,
    categories: [...categories.slice(0, first), `${others[language]} (${categories.length - first})`],
    series: few.map(({ name, values }) => ({ name, values: [...values.slice(0, first), sum(values.slice(first))] })),
  }
}

const others = { de: 'Weitere', en: 'Others' }

const textOf = (value: string | Text, language: Language) => (typeof value === 'string' ? value : value[language])

type Row = Prepared['series'][number]

function inSixSeries(rows: readonly Row[], name: string): readonly Row[] {
  if (rows.length <= mostSeries) return rows
  const largest = new Set(rows.toSorted((one, other) => total(other) - total(one)).slice(0, mostSeries - 1))
  const rest = rows.filter((row) => !largest.has(row))
  const values = (rest[0]?.values ?? []).map((_, index) => sum(rest.map((row) => row.values[index])))
  return [...rows.filter((row) => largest.has(row)), { name: `${name} (${rest.length})`, values }]
}

const total = ({ values }: Row) => values.reduce((all: number, value) => all + (value ?? 0), 0)

/** Of what is suppressed the sum is, too: it would tell by the difference. */
function sum(values: readonly (number | null | undefined)[]): number | null | undefined {
  if (values.some((value) => value === null)) return null
  const known = values.filter((value) => value !== undefined)
  return known.length > 0 ? known.reduce<number>((all, value) => all + (value ?? 0), 0) : undefined
}

/** Years and months as such, where all are the first moments of one. In UTC. */
function dateWriter(dates: readonly Date[], language: Language): (date: Date) => string {
  const all = (pattern: RegExp) => dates.every((date) => pattern.test(date.toISOString()))
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const written = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format
  if (all(/-01-01T00:00:00\.000Z$/)) return written({ year: 'numeric' })
  if (all(/-01T00:00:00\.000Z$/)) return written({ year: 'numeric', month: 'short' })
  return written({ year: 'numeric', month: 'short', day: 'numeric' })
}
