import { all, type Dimension, dimensions, dimensionsOf, isWhole, type Place } from './cells.ts'
import { openDeduction } from './deduction.ts'
import { monthsBetween, monthsLater } from './months.ts'
import { shownFrom } from './noise.ts'

/*
 * Which numbers are suppressed, and which ones besides, so that none of those can be computed.
 *
 * Numbers are the sums of released cells over a calendar month, quarter or year, by all, some or none of their dimensions; and all answers are
 * sums of numbers that are shown. A number is suppressed that doesn't exceed the threshold by far (noise.ts), and is so for good. Of the
 * others each is shown, unless a suppressed one followed from it and from all that is shown already (deduction.ts): then it is suppressed,
 * too. So where one cell of a row is too small, so is either a second one or the total; and the same across dimensions, across spans of time,
 * and by whatever detour.
 *
 * That is judged once, when a span of time is over: the longest that ends with it first; of each the total, then purposes with all that they
 * are told apart by, then what is told across purposes, of which nobody asks as much; and the largest numbers before smaller ones, so that it is
 * the smallest that are lost. What was shown isn't taken back: it was seen.
 */

/** A released cell. */
export type Released = Place & { month: Date; value: number; draws: number }

export const spans = { year: 12, quarter: 3, month: 1 } as const
export type Span = keyof typeof spans
/** The longest first. */
export const spansByLength = ['year', 'quarter', 'month'] as const satisfies readonly Span[]

/** A number that can be asked for. `period`: its first day. `value`: null: suppressed. */
export type StatisticNumber = Place & { span: Span; period: Date; value: number | null; draws: number }

/** A number before it is judged: of these cells. */
type Sum = Omit<StatisticNumber, 'value'> & { value: number; cells: readonly number[] }

/** The first month of the span that a month is in. */
export const beginningOf = (span: Span, month: Date): Date => monthsLater(month, -(month.getUTCMonth() % spans[span]))

/**
 * The numbers of all spans that end with a month.
 *
 * @param cells The released cells of its year, until that month.
 * @param earlier The numbers of this year that were judged before.
 */
export function judgeNumbers(
  { month, cells, earlier }: { month: Date; cells: readonly Released[]; earlier: readonly StatisticNumber[] },
  threshold: number,
): StatisticNumber[] {
  const before = Map.groupBy(earlier, systemOf)
  return [...Map.groupBy(cells, systemOf)].flatMap(([system, own]) => {
    const { judged, sums } = sumsUntil(month, own)
    const deduction = openDeduction(own.length)
    const shown = new Set(before.get(system)?.flatMap((one) => (one.value === null ? [] : [nameOf(one)])))
    for (const sum of judged) if (shown.has(nameOf(sum))) deduction.show(sum.cells)
    for (const sum of judged) if (!shown.has(nameOf(sum))) deduction.hide(sum.cells)
    const small = new Set(sums.filter(({ value, draws }) => value < shownFrom(threshold, draws)))
    for (const sum of small) deduction.hide(sum.cells)
    return sums.map((sum) => {
      const { cells: summed, value, ...place } = sum
      return { ...place, value: !small.has(sum) && deduction.show(summed) ? value : null }
    })
  })
}

/** Numbers of different events have nothing to do with each other. */
const systemOf = ({ subject, event }: Place) => `${subject} ${event}`

const nameOf = ({ span, period, ...place }: Omit<StatisticNumber, 'value' | 'draws'>) =>
  JSON.stringify([span, period, ...dimensions.map((one) => place[one])])

/** Those that a month ends, and those of its year that were judged before it. What stands isn't added up over time: each month is by itself. */
function sumsUntil(month: Date, cells: readonly Released[]): { judged: Sum[]; sums: Sum[] } {
  if (cells.some(({ event }) => event === 'standing')) return { judged: [], sums: sumsOf(cells, 'month', month) }
  const sumsAt = (end: Date) =>
    spansByLength.filter((span) => endsWith(span, end)).flatMap((span) => sumsOf(cells, span, end))
  return {
    judged: [...monthsBetween(beginningOf('year', month), monthsLater(month, -1))].flatMap(sumsAt),
    sums: sumsAt(month),
  }
}

const endsWith = (span: Span, month: Date) => (month.getUTCMonth() + 1) % spans[span] === 0

/** The sums of the span that ends with a month, in the order in which they are judged. */
function sumsOf(cells: readonly Released[], span: Span, end: Date): Sum[] {
  const period = beginningOf(span, end)
  const own = cells.flatMap((cell, number) => (cell.month >= period && cell.month <= end ? [{ cell, number }] : []))
  const [wholes, parts] = [own.filter(({ cell }) => isWhole(cell)), own.filter(({ cell }) => !isWhole(cell))]
  const partsByMonth = Map.groupBy(parts, ({ cell }) => cell.month.getTime())
  /** What is counted by itself is the sum of its parts all the same, for whoever wants to know one of these. */
  const cellsOf = ({ cell, number }: (typeof own)[number]) =>
    (isWhole(cell) ? partsByMonth.get(cell.month.getTime())?.map((part) => part.number) : undefined) ?? [number]
  const known: readonly Dimension[] = own[0] ? dimensionsOf[own[0].cell.subject] : []
  return subsetsOf(known).flatMap((asked) => {
    const isTold = wholes.length === 0 || asked.includes('language')
    // Months that were released when nobody was told apart have no parts.
    if (isTold && wholes.some(({ cell }) => !partsByMonth.has(cell.month.getTime()))) return []
    const sums = new Map<string, Sum & { cells: number[] }>()
    for (const one of isTold ? parts : wholes) {
      const { month: _month, value, draws, ...place } = one.cell
      for (const dimension of known) if (!asked.includes(dimension)) place[dimension] = all
      const name = nameOf({ ...place, span, period })
      const sum = sums.get(name)
      if (sum) {
        sum.value += value
        sum.draws += draws
        sum.cells.push(...cellsOf(one))
      } else sums.set(name, { ...place, span, period, value, draws, cells: [...cellsOf(one)] })
    }
    return [...sums]
      .toSorted(([name, one], [other, two]) => two.value - one.value || (name < other ? -1 : 1))
      .map(([, sum]) => sum)
  })
}

/** Without a dimension before with it; what is told apart by the first before what isn't: `[]`, `[a]`, `[a, b]`, `[b]`. */
const subsetsOf = ([first, ...others]: readonly Dimension[]): Dimension[][] => {
  if (first === undefined) return [[]]
  const [none = [], ...rest] = subsetsOf(others)
  return [none, ...[none, ...rest].map((subset) => [first, ...subset]), ...rest]
}
