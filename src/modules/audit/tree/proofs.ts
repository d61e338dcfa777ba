import { emptyRoot, type Hash, nodeHash, split } from './hashing.ts'

// What a proof consists of, and how it is checked (RFC 9162, section 2.1). Sizes and indexes are whole numbers below 2^53.

/** Leaves from `start` (inclusive) to `end` (exclusive). */
export type Range = { start: number; end: number }

/** The subtrees whose roots prove that a leaf is in a tree of this size, nearest first (section 2.1.3.1). */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`there is no leaf ${index} in a tree of ${size}`)
  return path(index, { start: 0, end: size })
}

function path(index: number, { start, end }: Range): Range[] {
  if (end - start === 1) return []
  const middle = start + split(end - start)
  const [left, right] = [
    { start, end: middle },
    { start: middle, end },
  ]
  return index < middle ? [...path(index, left), right] : [...path(index, right), left]
}

/** The subtrees whose roots prove that a tree only grew from one size to another (section 2.1.4.1). */
export function consistencyRanges(from: number, to: number): Range[] {
  if (!(from >= 0 && from <= to)) throw new RangeError(`a tree of ${to} is not a later one than of ${from}`)
  return from === 0 || from === to ? [] : subproof(from, { start: 0, end: to }, true)
}

function subproof(from: number, { start, end }: Range, isKnown: boolean): Range[] {
  if (from === end - start) return isKnown ? [] : [{ start, end }]
  const middle = start + split(end - start)
  const [left, right] = [
    { start, end: middle },
    { start: middle, end },
  ]
  return from <= middle - start
    ? [...subproof(from, left, isKnown), right]
    : [...subproof(from - (middle - start), right, false), left]
}

/** The root that follows from a leaf's hash and its proof (section 2.1.3.2); undefined if the proof doesn't fit the sizes. */
export function rootFromInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): Hash | undefined {
  if (!(index >= 0 && index < size)) return undefined
  let [position, last] = [index, size - 1]
  let root = Buffer.from(leaf)
  for (const sibling of proof) {
    if (last === 0) return undefined
    if (position % 2 === 1 || position === last) {
      root = nodeHash(sibling, root)
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      root = nodeHash(root, sibling)
    }
    ;[position, last] = [half(position), half(last)]
  }
  return last === 0 ? root : undefined
}

/** Whether a proof shows that the tree with the later root holds the earlier one unchanged (section 2.1.4.2). */
export function isConsistent(
  earlier: { size: number; root: Uint8Array },
  later: { size: number; root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  const { size: from, root: fromRoot } = earlier
  const { size: to, root: toRoot } = later
  if (from > to || from < 0) return false
  if (from === 0) return proof.length === 0 && emptyRoot.equals(fromRoot)
  if (from === to) return proof.length === 0 && Buffer.from(fromRoot).equals(toRoot)
  const [first, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof
  if (!first) return false
  let [position, last] = [from - 1, to - 1]
  while (position % 2 === 1) [position, last] = [half(position), half(last)]
  let [was, is] = [Buffer.from(first), Buffer.from(first)]
  for (const sibling of rest) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      was = nodeHash(sibling, was)
      is = nodeHash(sibling, is)
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      is = nodeHash(is, sibling)
    }
    ;[position, last] = [half(position), half(last)]
  }
  return last === 0 && was.equals(fromRoot) && is.equals(toRoot)
}

// Logarithms of large numbers are rounded to whole ones.
const isPowerOfTwo = (number: number): boolean => number === 1 || (number % 2 === 0 && isPowerOfTwo(number / 2))

// Shifts would cut off what is above 32 bits.
const half = (number: number) => Math.floor(number / 2)
