import { array, assert, constantFrom, date, nat, option, property, record, string } from 'fast-check'
import { expect, test } from 'vitest'
import type { DrawableChart } from '../../src/modules/reports/files/chart/chart.ts'
import { drawChart } from '../../src/modules/reports/files/chart/draw.ts'

const both = (text: string) => ({ de: text, en: text })
const months = (count: number) => Array.from({ length: count }, (_, month) => new Date(Date.UTC(2026, month, 1)))

const bars: DrawableChart = {
  kind: 'bar',
  x: { de: 'Zweck', en: 'Purpose' },
  series: [
    {
      name: { de: 'Anzahl', en: 'Number' },
      points: [
        { x: 'newsletter', y: 12345 },
        { x: { de: 'nicht bekannt', en: 'not known' }, y: 2 },
        { x: 'hiring', y: null },
      ],
    },
  ],
}

test('a chart says in words what it shows, with numbers as its language has them', () => {
  expect(drawChart(bars, 'de').alt).toBe(
    'Balkendiagramm nach Zweck. newsletter: 12.345; nicht bekannt: 2; hiring: unterdrückt.',
  )
  expect(drawChart(bars, 'en').alt).toBe('Bar chart by Purpose. newsletter: 12,345; not known: 2; hiring: suppressed.')
  const overTime = {
    ...bars,
    kind: 'line' as const,
    series: [{ name: both('a'), points: months(3).map((x) => ({ x, y: 1 })) }],
  }
  expect(drawChart(overTime, 'de').alt).toContain('Jan. 2026: 1; Feb. 2026: 1; März 2026: 1')
  expect(drawChart(overTime, 'en').alt).toContain('Jan 2026: 1')
  expect(drawChart({ ...overTime, series: [] }, 'de').alt).toBe('Liniendiagramm nach Zweck. keine Werte.')
})

test('what is suppressed is said to be, and is no zero: neither in a bar, nor in a line, nor in what is put together', () => {
  const { svg } = drawChart(bars, 'de')
  expect(svg).toContain('>unterdrückt<')
  const points = months(5).map((x, index) => ({ x, y: index === 2 ? null : 10 }))
  const line = drawChart({ ...bars, kind: 'line', series: [{ name: both('a'), points }] }, 'en')
  expect(line.svg).toContain('suppressed: too few')
  // The line has a gap: it begins twice.
  const paths = [
    ...line.svg.matchAll(/<path d="(M[^"]*)" fill="none" stroke="#0b5fa5" stroke-width="2.5" stroke-linejoin/g),
  ]
  expect(paths).toHaveLength(2)
  const many = Array.from({ length: 9 }, (_, index) => ({
    name: both(`s${index}`),
    points: [{ x: 'a', y: index === 8 ? null : 100 - index }],
  }))
  const together = drawChart({ ...bars, kind: 'stacked', series: many }, 'en')
  expect(together.alt).toContain('Others (4), a: suppressed')
})

test('series are told apart by more than colour', () => {
  const points = (y: number) => months(4).map((x) => ({ x, y }))
  const series = ['a', 'b', 'c'].map((name, index) => ({ name: both(name), points: points(index) }))
  const lines = drawChart({ ...bars, kind: 'line', series }, 'en').svg
  expect(new Set([...lines.matchAll(/stroke-dasharray="([^"]*)"/g)].map(([, dash]) => dash)).size).toBe(3)
  expect(lines).toMatch(/<circle[\s\S]*<path d="M[\d.]+ [\d.]+h8v8h-8z"/)
  const stacked = drawChart({ ...bars, kind: 'stacked', series }, 'en').svg
  expect(stacked).toContain('fill="url(#p1)"')
})

test('whatever it shows, a chart is well-formed, and nothing of a text is markup', () => {
  const name = string({ unit: 'binary' }).map(both)
  const point = record({ x: string({ unit: 'binary' }), y: option(nat(), { nil: null }) })
  const timed = record({
    x: date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
    y: option(nat(), { nil: null }),
  })
  const series = array(record({ name, points: array(point, { maxLength: 60 }) }), { maxLength: 9 })
  const inTime = array(record({ name, points: array(timed, { maxLength: 60 }) }), { maxLength: 9 })
  assert(
    property(constantFrom('bar', 'line', 'stacked'), name, series, inTime, (kind, x, plain, over) => {
      for (const own of [plain, over]) {
        const { svg } = drawChart({ kind, x, series: own }, 'de')
        expect(svg).not.toMatch(/NaN|Infinity|undefined/)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
        expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
        const tags = [...svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)]
        const known = ['svg', 'title', 'defs', 'pattern', 'path', 'rect', 'circle', 'text']
        expect(tags.filter(([, , tag]) => !known.includes(tag ?? ''))).toEqual([])
        expect(svg.replaceAll(/<\/?[a-z]+[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot);)/)
      }
    }),
    { numRuns: 60 },
  )
})
