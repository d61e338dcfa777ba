import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Drift, noiseOf, release, shownFrom } from '../../src/modules/statistics/noise.ts'

// Attacks on released numbers by somebody who asks everything that can be asked, and knows whatever they like. How well an attack does is held
// against what the mathematics say at most; and against a scheme without noise, where it always succeeds: so the attack itself is good.

/** An installation’s secret. */
const secretsOf = (seed: string) => ({
  fingerprint: (purpose: string, text: string) => createHmac('sha256', `${seed} ${purpose}`).update(text).digest('hex'),
})

/** P(noise = k). */
const chance = (k: number) => 2 ** -Math.abs(k) / 3

/** The chances of the values that a count is released as, with one draw; from far below to far above. */
function chancesOf(count: number, threshold: number): Map<number, number> {
  const chances = new Map<number, number>()
  const cap = count < threshold ? shownFrom(threshold, 1) - 1 : Number.POSITIVE_INFINITY
  for (let k = -80; k <= 80; k++) {
    const value = Math.min(count + k, cap)
    chances.set(value, (chances.get(value) ?? 0) + chance(k))
  }
  return chances
}

/** How often something is so, of so many secrets. */
const rateOf = (times: number, isSo: (seed: string) => boolean) =>
  Array.from({ length: times }, (_, seed) => isSo(`secret ${seed}`)).filter(Boolean).length / times

describe('the noise', () => {
  test('is what it is said to be', () => {
    const times = 20_000
    const drawn = Array.from({ length: times }, (_, at) => noiseOf(secretsOf('one'), `place ${at}`, at % 50))
    for (let k = -6; k <= 6; k++) {
      const found = drawn.filter((one) => one === k).length / times
      expect(Math.abs(found - chance(k))).toBeLessThan(5 * Math.sqrt(chance(k) / times))
    }
    expect(drawn.reduce((sum, one) => sum + one ** 2, 0) / times).toBeCloseTo(4, 0)
  })

  test('is the same for the same count, whenever it is released, and depends on the secret', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(10_000), (place, count) => {
        expect(noiseOf(secretsOf('one'), place, count)).toBe(noiseOf(secretsOf('one'), place, count))
      }),
    )
    expect(
      rateOf(2000, (seed) => noiseOf(secretsOf(seed), 'place', 7) === noiseOf(secretsOf('other'), 'place', 7)),
    ).toBeLessThan(0.4)
  })
})

describe('one person more or less', () => {
  test('makes no value more than twice as likely, but for 1 in 380', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 3, max: 50 }), fc.boolean(), (count, threshold, swapped) => {
        const worlds = [chancesOf(count, threshold), chancesOf(count + 1, threshold)] as const
        const [these, those] = swapped ? [worlds[1], worlds[0]] : worlds
        const excess = [...these].reduce((sum, [value, one]) => sum + Math.max(0, one - 2 * (those.get(value) ?? 0)), 0)
        expect(excess).toBeLessThan(1 / 380)
      }),
      { numRuns: 1000 },
    )
  })

  test('is told by the best guess of somebody who knows all others in two of three cases at most', () => {
    const guessed = (threshold: number, others: number, spread: (seed: string, count: number) => number) =>
      rateOf(3000, (seed) => {
        const there = Number.parseInt(secretsOf(seed).fingerprint('coin', '').charAt(0), 16) % 2 === 0
        const value = spread(seed, others + Number(there))
        const [without, withThem] = [
          chancesOf(others, threshold).get(value),
          chancesOf(others + 1, threshold).get(value),
        ]
        return (withThem ?? 0) > (without ?? 0) === there
      })
    for (const others of [0, 3, 4, 5, 12, 40]) {
      const cell = (seed: string, count: number) => release(secretsOf(seed), { place: 'a place', count }, 5).value
      expect(guessed(5, others, cell)).toBeLessThan(0.7)
      expect(guessed(5, others, (_seed, count) => count)).toBe(1)
    }
  })
})

describe('a cell that is too small', () => {
  test('is never shown by itself', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 3, max: 50 }),
        fc.nat(),
        fc.nat(200),
        (seed, threshold, some, months) => {
          let earlier: Drift | undefined
          for (let month = 0; month <= months % 20; month++) {
            const cell = release(secretsOf(seed), { place: `${month}`, count: some % threshold, earlier }, threshold)
            expect(cell.value).toBeLessThan(shownFrom(threshold, cell.draws))
            earlier = cell
          }
        },
      ),
    )
  })

  // Two dimensions over several months: every sum that can be asked for, over any of them, is known to the last unit, and all are subtracted
  // from each other. What comes out of it at best are the released values themselves.
  test('is not found by subtracting all sums from each other', () => {
    const { rows, columns, months } = { rows: 3, columns: 4, months: 3 }
    const world = fc.array(fc.nat(12), { minLength: rows * columns * months, maxLength: rows * columns * months })
    let [cells, found] = [0, 0]
    fc.assert(
      fc.property(world, fc.uuid(), (counts, seed) => {
        const values = counts.map((count, at) => release(secretsOf(seed), { place: `${at}`, count }, 5).value)
        for (let at = 0; at < counts.length; at++) {
          const solved = solvedFor(values, at, { rows, columns, months })
          expect(solved).toBe(values[at])
          cells += 1
          found += Number(solved === counts[at])
          // Without noise, the same gives the count itself.
          expect(solvedFor(counts, at, { rows, columns, months })).toBe(counts[at])
        }
      }),
      { seed: 1, numRuns: 200 },
    )
    // Whoever takes the value for the count is right as often as there is no noise: once in three times.
    expect(found / cells).toBeLessThan(0.36)
  })

  test('stays between wide bounds, whatever is known of all others', () => {
    fc.assert(
      fc.property(fc.nat(4), fc.string(), (count, seed) => {
        const { value } = release(secretsOf(seed), { place: 'a place', count }, 5)
        // The counts that are at least a twentieth as likely as the likeliest one.
        const likelihoods = Array.from({ length: 40 }, (_, n) => chancesOf(n, 5).get(value) ?? 0)
        const best = Math.max(...likelihoods)
        expect(likelihoods.filter((one) => one >= best / 20).length).toBeGreaterThanOrEqual(4)
      }),
    )
  })
})

/** What a cell must be, by all sums: the grand total less those of all other rows, columns and months, and so on. */
function solvedFor(
  cells: readonly number[],
  at: number,
  size: { rows: number; columns: number; months: number },
): number {
  const { rows, columns } = size
  const place = (index: number) =>
    [index % rows, Math.floor(index / rows) % columns, Math.floor(index / rows / columns)] as const
  const mine = place(at)
  const sum = (fits: (other: readonly number[]) => boolean) =>
    cells.reduce((total, value, index) => total + (fits(place(index)) ? value : 0), 0)
  const all = sum(() => true)
  const others = (dimension: number) => sum((other) => other[dimension] !== mine[dimension])
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const
  const both = pairs.map(([one, two]) => sum((other) => other[one] !== mine[one] && other[two] !== mine[two]))
  const none = sum((other) => other.every((value, dimension) => value !== mine[dimension]))
  return all - others(0) - others(1) - others(2) + both.reduce((total, value) => total + value, 0) - none
}

describe('what stands from month to month', () => {
  /** What is released of a count that stays the same for five years. */
  function years(seed: string, count: number, carriesOn: boolean): number[] {
    let earlier: Drift | undefined
    return Array.from({ length: 60 }, (_, month) => {
      const cell = release(secretsOf(seed), { place: `${month}`, count, earlier }, 5)
      if (carriesOn) earlier = cell
      return cell.value
    })
  }
  const average = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length

  test('is not found by asking for many months', () => {
    const found = (carriesOn: boolean) => rateOf(500, (seed) => Math.round(average(years(seed, 40, carriesOn))) === 40)
    expect(found(true)).toBeLessThan(0.1)
    // With noise of its own each month, it would be.
    expect(found(false)).toBeGreaterThan(0.9)
  })

  test('gives away nobody who came or went by its steps', () => {
    // Somebody knows that nothing else happened between two months, and asks whether one person came.
    const step = (seed: string, came: boolean) => {
      const first = release(secretsOf(seed), { place: '0', count: 40 }, 5)
      return release(secretsOf(seed), { place: '1', count: 40 + Number(came), earlier: first }, 5).value - first.value
    }
    const right = rateOf(3000, (seed) => {
      const came = Number.parseInt(secretsOf(seed).fingerprint('coin', '').charAt(0), 16) % 2 === 0
      return step(seed, came) >= 1 === came
    })
    expect(right).toBeLessThan(0.7)
    expect(right).toBeGreaterThan(0.6)
  })
})
