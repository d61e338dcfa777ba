import { createHash } from 'node:crypto'

// The definitions of RFC 9162, section 2.1, word for word, on the whole list of leaves: slow, and without a line of the
// product in it.

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

/** The largest power of two smaller than n. */
function k(n: number): number {
  let power = 1
  while (power * 2 < n) power *= 2
  return power
}

/** MTH: the root of these leaves. */
export function mth(leaves: readonly Uint8Array[]): Buffer {
  const [first] = leaves
  if (!first) return sha256()
  if (leaves.length === 1) return sha256(Buffer.from([0]), first)
  const half = k(leaves.length)
  return sha256(Buffer.from([1]), mth(leaves.slice(0, half)), mth(leaves.slice(half)))
}

/** PATH: the inclusion proof of the leaf m. */
export function path(m: number, leaves: readonly Uint8Array[]): Buffer[] {
  if (leaves.length === 1) return []
  const half = k(leaves.length)
  return m < half
    ? [...path(m, leaves.slice(0, half)), mth(leaves.slice(half))]
    : [...path(m - half, leaves.slice(half)), mth(leaves.slice(0, half))]
}

/** PROOF: that the first m leaves became all of these. */
export const proof = (m: number, leaves: readonly Uint8Array[]): Buffer[] => subproof(m, leaves, true)

function subproof(m: number, leaves: readonly Uint8Array[], b: boolean): Buffer[] {
  const n = leaves.length
  if (m === n) return b ? [] : [mth(leaves)]
  const half = k(n)
  return m <= half
    ? [...subproof(m, leaves.slice(0, half), b), mth(leaves.slice(half))]
    : [...subproof(m - half, leaves.slice(half), false), mth(leaves.slice(0, half))]
}
