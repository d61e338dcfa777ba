/** A source of chance that gives the same values for the same seed on every machine. */
export type Random = {
  /** A number from 0 up to, but not including, 1. */
  next: () => number
  /** A whole number from 0 up to, but not including, `limit`. */
  below: (limit: number) => number
  /** True with the given probability (0 to 1). */
  chance: (probability: number) => boolean
  /** One item of a list that is not empty. */
  pick: <Item>(items: readonly Item[]) => Item
}

/** Returns the source of chance for one index (mulberry32). Neighbouring indexes give unrelated values. */
export function randomFor(index: number): Random {
  // Spread the bits first: mulberry32 steps by a constant, so plain consecutive seeds would give related streams.
  let state = Math.imul(index ^ (index >>> 16), 0x45d9f3b) ^ 0x2545f491
  state = Math.imul(state ^ (state >>> 15), 0x846ca68b)

  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  function below(limit: number): number {
    return Math.floor(next() * limit)
  }

  function chance(probability: number): boolean {
    return next() < probability
  }

  function pick<Item>(items: readonly Item[]): Item {
    const item = items[below(items.length)]
    if (item === undefined) throw new RangeError('Cannot pick from an empty list.')
    return item
  }

  return { next, below, chance, pick }
}
