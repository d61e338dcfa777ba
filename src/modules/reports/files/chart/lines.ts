import type { Prepared } from './chart.ts'
import { colourOf, cross, dashOf, legend, mark, title } from './look.ts'
import { ticks } from './scale.ts'
import { fontSize, label, picture, round, rule, width, widthOf } from './svg.ts'
import { chartTexts, numberIn } from './texts.ts'

const height = 340
const right = 40

/** Lines over time, one a series, with marks; where values are suppressed their lines have gaps, and a cross stands at the bottom. */
export function drawLines({ language, categories, series }: Prepared, alt: string): string {
  const texts = chartTexts[language]
  const number = numberIn(language)
  const steps = ticks(Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))))
  const most = steps.at(-1) ?? 1
  const left = Math.max(...steps.map((step) => widthOf(number(step)))) + 14
  const note = series.some(({ values }) => values.includes(null)) ? texts.suppressedNote : undefined
  const key = legend(
    series.map(({ name }) => name),
    sampleOf,
    note,
  )
  const top = key.height + 16
  const bottom = top + height
  const x = (at: number) =>
    categories.length < 2
      ? (left + width - right) / 2
      : left + 10 + (at / (categories.length - 1)) * (width - left - right - 10)
  const y = (value: number) => bottom - (value / most) * height
  const parts = [title(alt), key.content]
  for (const step of steps) {
    parts.push(
      rule(left, y(step), width - right + 10, y(step)),
      label(number(step), { x: left - 8, y: y(step) + 6, anchor: 'end', muted: true }),
    )
  }
  const every = Math.max(
    1,
    Math.ceil((categories.length * (Math.max(...categories.map(widthOf), 1) + 18)) / (width - left - right)),
  )
  for (const [at, category] of categories.entries()) {
    if (at % every === 0)
      parts.push(
        rule(x(at), bottom, x(at), bottom + 6, '#595959'),
        label(category, { x: x(at), y: bottom + fontSize * 1.6, anchor: 'middle', muted: true }),
      )
  }
  const marked = categories.length <= 60
  for (const [index, { values }] of series.entries()) {
    for (const run of runs(values)) {
      const path = run
        .map(({ at, value }, step) => `${step === 0 ? 'M' : 'L'}${round(x(at))} ${round(y(value))}`)
        .join('')
      parts.push(
        `<path d="${path}" fill="none" stroke="${colourOf(index)}" stroke-width="2.5" stroke-linejoin="round" stroke-dasharray="${dashOf(index)}"/>`,
      )
      for (const { at, value } of run)
        if (marked || run.length === 1) parts.push(mark(index, round(x(at)), round(y(value))))
    }
  }
  for (const at of categories.keys())
    if (series.some(({ values }) => values[at] === null)) parts.push(cross(round(x(at)), bottom - 8))
  parts.push(rule(left, bottom, width - right + 10, bottom, '#595959'))
  return picture(bottom + fontSize * 2.2, parts)
}

const sampleOf = (index: number, x: number, y: number) =>
  `<path d="M${x} ${y - 6}h34" stroke="${colourOf(index)}" stroke-width="2.5" stroke-dasharray="${dashOf(index)}"/>${mark(index, x + 17, y - 6)}`

/** What is drawn without a gap. Where there is nothing at all there is nothing to count: zero. */
function runs(values: readonly (number | null | undefined)[]): { at: number; value: number }[][] {
  const all: { at: number; value: number }[][] = [[]]
  for (const [at, value] of values.entries()) {
    if (value === null) all.push([])
    else all.at(-1)?.push({ at, value: value ?? 0 })
  }
  return all.filter((run) => run.length > 0)
}
