/** What can be computed from numbers that are shown. */
export type Deduction = {
  /** Keeps a sum of these cells from following from what is shown from now on. */
  hide: (cells: readonly number[]) => void
  /** Shows the sum of these cells, unless a hidden one would follow: false. */
  show: (cells: readonly number[]) => boolean
}

/** A way in which cells, by their number, can differ from what they are without any sum that is shown being another. */
type Way = Map<number, number>
type Hidden = { mixed: number }

/** Numbers are reckoned modulo a prime, with products that a double holds. */
const prime = 2 ** 26 - 5
const generator = 48_271

/**
 * Judges what sums of so many cells give away together, by linear algebra: all that additions, subtractions and multiples of shown sums can
 * give. `ways` is a basis of the null space of what is shown. A sum follows if no way changes it. Hidden ones are watched in one mixture of
 * all ways: what changes there can't follow. If by a rare chance a sum stays the same there alone, a number too many is hidden, never one too
 * few.
 */
export function openDeduction(size: number): Deduction {
  const ways: Way[] = Array.from({ length: size }, (_, cell) => new Map([[cell, 1]]))
  const through = ways.map((way) => new Set([way]))
  const hiddenThrough = ways.map((): Hidden[] => [])
  let power = 1
  const mixture = ways.map(() => (power = modulo(power * generator)))

  const mixedIn = (cells: readonly number[]) => cells.reduce((sum, cell) => sum + (mixture[cell] ?? 0), 0) % prime

  /** What the sum changes by, in each way that changes it. */
  function changesOf(cells: readonly number[]): Map<Way, number> {
    const changes = new Map<Way, number>()
    for (const cell of cells)
      for (const way of through[cell] ?? []) changes.set(way, modulo((changes.get(way) ?? 0) + (way.get(cell) ?? 0)))
    return new Map([...changes].filter(([, change]) => change !== 0))
  }

  /** A way less a multiple of another. */
  function lessen(way: Way, multiple: number, other: Way) {
    for (const [cell, change] of other) {
      const rest = modulo((way.get(cell) ?? 0) - multiple * change)
      if (rest === 0) {
        way.delete(cell)
        through[cell]?.delete(way)
      } else {
        way.set(cell, rest)
        through[cell]?.add(way)
      }
    }
  }

  return {
    hide(cells) {
      const hidden = { mixed: mixedIn(cells) }
      for (const cell of cells) hiddenThrough[cell]?.push(hidden)
    },

    show(cells) {
      const changes = changesOf(cells)
      const [first, ...others] = [...changes].toSorted(([one], [other]) => one.size - other.size)
      if (!first) return true
      // It leaves the ways that don't change it: this one goes, and the others without so much of it as changes it.
      const [gone, change] = first
      const inverse = inverseOf(change)
      const multiple = modulo(mixedIn(cells) * inverse)
      const left = new Map<Hidden, number>()
      for (const [cell, by] of gone)
        for (const hidden of hiddenThrough[cell] ?? [])
          left.set(hidden, modulo((left.get(hidden) ?? hidden.mixed) - multiple * by))
      if ([...left.values()].includes(0)) return false
      for (const [hidden, mixed] of left) hidden.mixed = mixed
      for (const [cell, by] of gone) {
        mixture[cell] = modulo((mixture[cell] ?? 0) - multiple * by)
        through[cell]?.delete(gone)
      }
      for (const [way, its] of others) lessen(way, modulo(its * inverse), gone)
      return true
    },
  }
}

function modulo(value: number): number {
  const rest = value % prime
  return rest < 0 ? rest + prime : rest
}

/** By Fermat: the power of `prime - 2`. */
function inverseOf(value: number): number {
  let [result, power] = [1, value]
  for (let rest = prime - 2; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = modulo(result * power)
    power = modulo(power * power)
  }
  return result
}
