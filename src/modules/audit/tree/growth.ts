import { emptyRoot, type Hash, nodeHash } from './hashing.ts'

/** The root of a complete subtree, which later leaves don't change. */
export type CompleteNode = { level: number; index: number; hash: Hash }

/** Leaves under a stored node of level 1; under one of level 2 it is the square of it. */
export const nodeWidth = 256

const binaryLevels = Math.log2(nodeWidth)

/**
 * A tree that grows at its right edge. It keeps the roots of the complete subtrees that make it up, largest first: as many
 * as its size has ones in binary.
 */
export class GrowingTree {
  private readonly peaks: { leaves: number; hash: Hash }[]
  private leaves: number

  /** @param peaks The roots of the complete subtrees that make up a tree of this size, largest first. */
  constructor(size = 0, peaks: readonly Hash[] = []) {
    const widths = peakWidths(size)
    if (widths.length !== peaks.length) throw new Error(`a tree of ${size} has ${widths.length} complete subtrees`)
    this.peaks = peaks.map((hash, at) => ({ leaves: widths[at] ?? 0, hash }))
    this.leaves = size
  }

  get size(): number {
    return this.leaves
  }

  /** Adds a leaf; returns the nodes to store that it completed. */
  add(leaf: Hash): CompleteNode[] {
    const completed: CompleteNode[] = []
    let peak = { leaves: 1, hash: leaf }
    this.leaves++
    for (let level = 1; this.peaks.at(-1)?.leaves === peak.leaves; level++) {
      const left = this.peaks.pop()
      if (!left) break
      peak = { leaves: left.leaves * 2, hash: nodeHash(left.hash, peak.hash) }
      if (level % binaryLevels === 0) {
        completed.push({ level: level / binaryLevels, index: this.leaves / peak.leaves - 1, hash: peak.hash })
      }
    }
    this.peaks.push(peak)
    return completed
  }

  /** Another tree like it, which grows on its own. */
  copy(): GrowingTree {
    return new GrowingTree(
      this.leaves,
      this.peaks.map(({ hash }) => hash),
    )
  }

  root(): Hash {
    const [last, ...others] = this.peaks.toReversed()
    return last ? others.reduce((root, { hash }) => nodeHash(hash, root), last.hash) : emptyRoot
  }
}

/** How many leaves each of the complete subtrees has that make up a tree of this size, largest first. */
export function peakWidths(size: number): number[] {
  const widths: number[] = []
  for (let width = 2 ** 52, rest = size; rest > 0; width /= 2) {
    if (width > rest) continue
    widths.push(width)
    rest -= width
  }
  return widths
}
