import { drawBars } from './bars.ts'
import { type DrawableChart, type Language, type Prepared, prepare } from './chart.ts'
import { drawLines } from './lines.ts'
import { chartTexts, numberIn } from './texts.ts'

/** A chart as SVG, with its text alternative. */
export type Drawn = { svg: string; alt: string }

/**
 * Draws a chart, in German or English. What it shows is told by more than colour: by patterns, dashes, marks and numbers; what is
 * suppressed is said to be. `alt` has the values for those who don't see it, as far as an alternative may be long.
 */
export function drawChart(chart: DrawableChart, language: Language): Drawn {
  const prepared = prepare(chart, language)
  const alt = alternative(prepared)
  return { svg: prepared.kind === 'line' ? drawLines(prepared, alt) : drawBars(prepared, alt), alt }
}

const mostTold = 40

function alternative({ kind, language, x, categories, series }: Prepared): string {
  const texts = chartTexts[language]
  const number = numberIn(language)
  const values = series.flatMap(({ name, values }) =>
    values.flatMap((value, index) => {
      if (value === undefined) return []
      const category = [...(series.length > 1 ? [name] : []), categories[index] ?? ''].join(', ')
      return [`${category}: ${value === null ? texts.suppressed : number(value)}`]
    }),
  )
  const told = values.slice(0, mostTold)
  const rest = values.length > told.length ? [texts.more(values.length - told.length)] : []
  return `${texts.kinds[kind]} ${texts.by(x)}. ${[...told, ...rest].join('; ') || texts.nothing}.`
}
