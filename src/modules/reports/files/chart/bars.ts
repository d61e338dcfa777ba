import type { Prepared } from './chart.ts'
import { filled, legend, patterns, title } from './look.ts'
import { ticks } from './scale.ts'
import { fontSize, inTwoLines, label, picture, rule, width } from './svg.ts'
import { chartTexts, numberIn } from './texts.ts'

const left = 300
const right = 110
const rowHeight = 40

/** Lying bars, one a category, with its number at the end; of several series, one behind the other. */
export function drawBars(chart: Prepared, alt: string): string {
  const { language, categories, series } = chart
  const texts = chartTexts[language]
  const number = numberIn(language)
  const sums = categories.map((_, row) => series.reduce((sum, { values }) => sum + (values[row] ?? 0), 0))
  const steps = ticks(Math.max(...sums, 0))
  const most = steps.at(-1) ?? 1
  const x = (value: number) => left + (value / most) * (width - left - right)
  const names = series.length > 1 ? series.map(({ name }) => name) : []
  const key = legend(names, (index, x, y) => filled(index, { x, y: y - 13, length: 34, height: 15 }))
  const top = names.length > 0 ? key.height + 14 : 6
  const bottom = top + categories.length * rowHeight
  const parts = [title(alt), patterns(series.length), names.length > 0 ? key.content : '']
  for (const step of steps) {
    parts.push(
      rule(x(step), top, x(step), bottom),
      label(number(step), { x: x(step), y: bottom + fontSize * 1.3, anchor: 'middle', muted: true }),
    )
  }
  for (const [row, category] of categories.entries()) {
    const middle = top + row * rowHeight + rowHeight / 2
    const lines = inTwoLines(category, left - 16)
    for (const [line, text] of lines.entries()) {
      const y = middle + fontSize * 0.35 + (line - (lines.length - 1) / 2) * fontSize * 1.05
      parts.push(label(text, { x: left - 12, y, anchor: 'end' }))
    }
    let from = 0
    for (const [index, { values }] of series.entries()) {
      const value = values[row] ?? 0
      if (value <= 0) continue
      // A gap of white between two of them.
      const length = Math.max(1, x(from + value) - x(from) - 1)
      parts.push(filled(index, { x: x(from), y: middle - 12, length, height: 24 }))
      from += value
    }
    const suppressed = series.some(({ values }) => values[row] === null)
    const total = suppressed ? (from > 0 ? `${number(from)} + ${texts.suppressed}` : texts.suppressed) : number(from)
    parts.push(label(total, { x: x(from) + 8, y: middle + fontSize * 0.35, muted: suppressed }))
  }
  parts.push(rule(left, top, left, bottom, '#595959'))
  return picture(bottom + fontSize * 2, parts)
}
