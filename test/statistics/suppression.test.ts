import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { all, channels, type Dimension, languages } from '../../src/modules/statistics/cells.ts'
import { monthsBetween, monthsLater } from '../../src/modules/statistics/months.ts'
import { shownFrom } from '../../src/modules/statistics/noise.ts'
import { judgeNumbers, type Released, type StatisticNumber, spans } from '../../src/modules/statistics/suppress.ts'

// Attacks on what is suppressed by somebody who has every number that is shown, to the last unit, and computes with all of them together.
// That all answers are sums of these numbers is tested where the answers are (statistics.test.ts).

const threshold = 5
const first = new Date('2026-01-01')
const monthsOf = (count: number) => [...monthsBetween(first, monthsLater(first, count - 1))]

/** A year of consents given, or a part of it: so many persons by month, purpose and channel. */
type World = { months: number; purposes: number; channels: number; counts: readonly number[] }

function cellsOf({ months, purposes, channels: ways, counts }: World): Released[] {
  const cells: Released[] = []
  for (const month of monthsOf(months)) {
    for (let purpose = 0; purpose < purposes; purpose++) {
      for (const channel of channels.slice(0, ways)) {
        const place = { subject: 'consents', event: 'given', purposeKey: `purpose ${purpose}`, channel } as const
        cells.push({
          ...place,
          ground: '',
          kind: '',
          language: '',
          month,
          value: counts[cells.length % counts.length] ?? 0,
          draws: 1,
        })
      }
    }
  }
  return cells
}

/** Judged month by month, as time goes by. */
function judged(cells: readonly Released[], months: number, least = threshold): StatisticNumber[] {
  const numbers: StatisticNumber[] = []
  for (const month of monthsOf(months))
    numbers.push(
      ...judgeNumbers({ month, cells: cells.filter((cell) => cell.month <= month), earlier: numbers }, least),
    )
  return numbers
}

/** As if only what is too small were suppressed, and nothing besides. */
const withoutComplements = (cells: readonly Released[], months: number): StatisticNumber[] =>
  judged(cells, months, Number.NEGATIVE_INFINITY).map((one) => ({
    ...one,
    value: (one.value ?? 0) < shownFrom(threshold, one.draws) ? null : one.value,
  }))

const fits = (own: string, asked: string) => asked === all || own === asked

/** Which cells a number is the sum of. */
const rowOf = (number: StatisticNumber, cells: readonly Released[]) =>
  cells.map(({ month, purposeKey, channel, language }) =>
    Number(
      // What is counted by itself is the sum of its parts, where there are any.
      !(language === all && cells.some((one) => one.language !== all && one.month.getTime() === month.getTime())) &&
        fits(purposeKey, number.purposeKey) &&
        fits(channel, number.channel) &&
        fits(language, number.language) &&
        month >= number.period &&
        month < monthsLater(number.period, spans[number.span]),
    ),
  )

/** Those that are suppressed and follow from what is shown, by Gauss’s elimination. */
function found(numbers: readonly StatisticNumber[], cells: readonly Released[]): StatisticNumber[] {
  const prime = 2 ** 25 - 39
  const pivots: { at: number; row: number[] }[] = []
  const reduced = (row: readonly number[]) => {
    let rest = [...row]
    for (const { at, row: pivot } of pivots) {
      const factor = rest[at] ?? 0
      if (factor !== 0) rest = rest.map((value, column) => (value + (prime - factor) * (pivot[column] ?? 0)) % prime)
    }
    return rest
  }
  for (const number of numbers.filter(({ value }) => value !== null)) {
    const rest = reduced(rowOf(number, cells))
    const at = rest.findIndex((value) => value !== 0)
    if (at < 0) continue
    const inverse = Number(powerOf(BigInt(rest[at] ?? 1), BigInt(prime - 2), BigInt(prime)))
    pivots.push({ at, row: rest.map((value) => (value * inverse) % prime) })
  }
  return numbers.filter((one) => one.value === null && reduced(rowOf(one, cells)).every((value) => value === 0))
}

function powerOf(base: bigint, exponent: bigint, prime: bigint): bigint {
  if (exponent === 0n) return 1n
  const half = powerOf((base * base) % prime, exponent / 2n, prime)
  return exponent % 2n === 1n ? (half * base) % prime : half
}

// Many cells with nobody, some with few, some with many: as purposes and channels are.
const count = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -4, max: 6 }) }, fc.nat(40), {
  weight: 2,
  arbitrary: fc.nat(300),
})
const worlds = fc
  .record({
    months: fc.constantFrom(1, 2, 3, 5, 12),
    purposes: fc.integer({ min: 1, max: 4 }),
    channels: fc.integer({ min: 1, max: 4 }),
  })
  .chain((size) =>
    fc
      .array(count, {
        minLength: size.months * size.purposes * size.channels,
        maxLength: size.months * size.purposes * size.channels,
      })
      .map((counts): World => ({ ...size, counts })),
  )

test('no number that is suppressed follows from all that are shown', () => {
  let [naive, runs] = [0, 0]
  fc.assert(
    fc.property(worlds, (world) => {
      const cells = cellsOf(world)
      expect(found(judged(cells, world.months), cells)).toEqual([])
      runs += 1
      naive += Number(found(withoutComplements(cells, world.months), cells).length > 0)
    }),
    { numRuns: 120 },
  )
  // The same attack, where nothing is suppressed but what is too small.
  expect(naive / runs).toBeGreaterThan(0.5)
})

/** Contacts that were added, all of them with noise of their own, and, from some month on, by language. */
const contactsOf = ({ months, purposes, channels: told, counts }: World): Released[] => {
  const cells: Released[] = []
  const place = {
    subject: 'contacts',
    event: 'added',
    purposeKey: '',
    ground: '',
    channel: '',
    kind: '',
    draws: 1,
  } as const
  for (const [index, month] of monthsOf(months).entries()) {
    const parts = (index < purposes - 1 ? [] : languages.slice(0, told)).map(
      (language): Released => ({
        ...place,
        language,
        month,
        value: counts[(cells.length + index) % counts.length] ?? 0,
      }),
    )
    const sum = parts.reduce((total, { value }) => total + value, 0)
    cells.push({ ...place, language: all, month, value: sum + (index % 3) - 1 }, ...parts)
  }
  return cells
}

test('no language that is suppressed follows from all others and the number of contacts', () => {
  let [naive, runs] = [0, 0]
  fc.assert(
    fc.property(worlds, (world) => {
      const cells = contactsOf(world)
      const numbers = judged(cells, world.months)
      expect(found(numbers, cells)).toEqual([])
      // Of spans in which they were not told apart all the time, there are totals only.
      for (const { language, period } of numbers)
        if (period < monthsLater(first, world.purposes - 1)) expect(language).toBe(all)
      runs += 1
      naive += Number(found(withoutComplements(cells, world.months), cells).length > 0)
    }),
    { numRuns: 120 },
  )
  expect(naive / runs).toBeGreaterThan(0.1)
})

test('where one of a row, a column, a total or a span of time is suppressed, a second one is', () => {
  let alone = 0
  fc.assert(
    fc.property(worlds, (world) => {
      const cells = cellsOf(world)
      for (const row of rowsOf(judged(cells, world.months)))
        expect(row.filter(({ value }) => value === null).length).not.toBe(1)
      for (const row of rowsOf(withoutComplements(cells, world.months)))
        alone += Number(row.filter(({ value }) => value === null).length === 1)
    }),
    { numRuns: 120 },
  )
  expect(alone).toBeGreaterThan(100)
})

/** Each number with those that it is the sum of, in one dimension or over time. */
function rowsOf(numbers: readonly StatisticNumber[]): StatisticNumber[][] {
  const among = (total: StatisticNumber, part: StatisticNumber) => {
    const same = (one: Dimension) => total[one] === part[one]
    const sameTime = total.span === part.span && total.period.getTime() === part.period.getTime()
    if (sameTime && same('channel')) return total.purposeKey === all && part.purposeKey !== all
    if (sameTime && same('purposeKey')) return total.channel === all && part.channel !== all
    if (!same('purposeKey') || !same('channel') || total.span === 'month') return false
    const finer = total.span === 'year' ? 'quarter' : 'month'
    return (
      part.span === finer && part.period >= total.period && part.period < monthsLater(total.period, spans[total.span])
    )
  }
  return numbers.flatMap((total) => {
    const parts = numbers.filter((part) => among(total, part))
    return parts.length > 0 ? [[total, ...parts]] : []
  })
}

describe('of those that give a suppressed one away', () => {
  const shown = (numbers: readonly StatisticNumber[], rest: Partial<StatisticNumber>) =>
    numbers
      .filter((one) => Object.entries(rest).every(([key, value]) => String(Reflect.get(one, key)) === String(value)))
      .map(({ value }) => value)
  const month = { span: 'month', period: first } as const

  test('the smallest is suppressed, and the total shown', () => {
    const numbers = judged(cellsOf({ months: 1, purposes: 1, channels: 4, counts: [60, 3, 25, 40] }), 1)
    expect(shown(numbers, { purposeKey: 'purpose 0' })).toEqual([128, 60, 40, null, null])
  })

  test('none is suppressed if two are too small', () => {
    const numbers = judged(cellsOf({ months: 1, purposes: 1, channels: 4, counts: [60, 3, 0, 40] }), 1)
    expect(shown(numbers, { purposeKey: 'purpose 0' })).toEqual([103, 60, 40, null, null])
  })

  test('across two dimensions, they are the totals of the second one: across purposes', () => {
    const counts = [3, 30, 90, 31, 32, 91, 92, 93, 94]
    const numbers = judged(cellsOf({ months: 1, purposes: 3, channels: 3, counts }), 1)
    const values = (fits: (number: StatisticNumber) => boolean) => numbers.filter(fits).map(({ value }) => value)
    expect(values(({ channel }) => channel === all)).toEqual([556, 279, 154, 123])
    const cells = values(({ purposeKey, channel }) => purposeKey !== all && channel !== all)
    expect(cells).toEqual([94, 93, 92, 91, 90, 32, 31, null, null])
    expect(values(({ purposeKey, channel }) => purposeKey === all && channel !== all)).toEqual([275, null, null])
  })

  test('over time, a month that comes later is, or the quarter: what was shown is not taken back', () => {
    const ofMonths = (counts: number[]) => judged(cellsOf({ months: 3, purposes: 1, channels: 1, counts }), 3)
    const total = { purposeKey: all, channel: all }
    const values = (counts: number[]) =>
      (['month', 'quarter'] as const).map((span) => shown(ofMonths(counts), { ...total, span }))
    expect(values([30, 3, 40])).toEqual([[30, null, null], [73]])
    expect(values([30, 40, 3])).toEqual([[30, 40, null], [null]])
    expect(values([3, 4, 40])).toEqual([[null, null, 40], [47]])
    expect(shown(ofMonths([30, 3, 40]), { ...month, ...total })).toEqual([30])
  })

  test('what is judged stays so, whatever comes after it', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const cells = cellsOf(world)
        const numbers = judged(cells, world.months)
        const until = Math.ceil(world.months / 2)
        const before = judged(
          cells.filter((cell) => cell.month < monthsLater(first, until)),
          until,
        )
        expect(numbers.slice(0, before.length)).toEqual(before)
      }),
      { numRuns: 30 },
    )
  })
})
