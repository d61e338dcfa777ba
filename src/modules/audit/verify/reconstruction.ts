import { type CompleteNode, GrowingTree, nodeWidth } from '../tree/growth.ts'
import { emptyRoot, type Hash } from '../tree/hashing.ts'
import { DamagedTree, peaksAt, type Query } from '../tree/stored.ts'
import type { Anchor } from './anchors.ts'
import type { Bound } from './finding.ts'
import { nodeKey, type StoredLeaf } from './rows.ts'
import { type Orphan, type Piece, type Place, pieceOf, type Variant, variants } from './variants.ts'

/** Between which signed checkpoints something lies. */
export type Bounds = { after?: Bound; before?: Bound }

/** What was signed, where leaf and entry differ. */
export type Signed = 'leaf' | 'entry' | 'unknown'

/** Told of everything that isn't as it was signed. */
export type Witness = {
  leaf: (leaf: StoredLeaf, signed: Signed, bounds: Bounds) => void
  /** A leaf is gone; it was that of this entry, if one is known. */
  leafGone: (index: number, orphan: Orphan | undefined, bounds: Bounds) => void
  leafInserted: (leaf: StoredLeaf, bounds: Bounds) => void
  leafMoved: (leaf: StoredLeaf, signedIndex: number, bounds: Bounds) => void
  node: (node: CompleteNode, isThere: boolean) => void
  /** Leaves of these ranges (both ends included) are others than those signed. `unfulfilled`: checkpoints that aren't fulfilled. */
  rewritten: (ranges: readonly (readonly [number, number])[], bounds: Bounds, unfulfilled: number) => void
  fulfilled: (anchor: Anchor) => void
  contradicted: (anchor: Anchor) => void
}

// Of a log whose checkpoints lie farther apart, what is between them isn't tried out, only hashed.
const mostPending = 65_536
// Hashes that are spent on finding out how it was.
const mostTried = 3_000_000

/**
 * Grows the tree again out of the leaves, from signed checkpoint to signed checkpoint. Where a checkpoint isn't fulfilled,
 * it tries what may have been signed instead, which tells what was done. Where nothing fits, somebody rewrote leaves
 * between two checkpoints; the stored nodes may still say what was signed, and then it goes on from these.
 */
export class Reconstruction {
  private readonly query: Query
  private orphans: readonly Orphan[]
  private readonly witness: Witness
  private tree = new GrowingTree()
  private pending: Place[] = []
  private readonly anchors: Anchor[][] = []
  private readonly nodes = new Map<string, string>()
  private after: Bound | undefined
  /** Set while the tree isn't the one that was signed. */
  private lost: { start: number; end: number; bounds: Bounds; unfulfilled: number; triedAt: number } | undefined
  private tried = 0

  constructor(query: Query, orphans: readonly Orphan[], witness: Witness) {
    this.query = query
    this.orphans = orphans
    this.witness = witness
  }

  /** Takes signed checkpoints, by their size, before the leaves below. */
  expect(anchors: readonly Anchor[]): void {
    for (const anchor of anchors) {
      const group = this.anchors.at(-1)
      if (group?.[0]?.size === anchor.size) group.push(anchor)
      else this.anchors.push([anchor])
    }
  }

  /** Takes the hashes of stored nodes, before the leaves below. */
  compareWith(nodes: ReadonlyMap<string, string>): void {
    for (const [key, hash] of nodes) this.nodes.set(key, hash)
  }

  /** Takes the next place of the tree. */
  async grow(place: Place): Promise<void> {
    this.pending.push(place)
    // One more than needed: it may be that one too many was put in.
    while (this.pending.length > this.wanted()) await this.judge()
    if (this.pending.length > mostPending)
      this.compare(this.goOn(this.pending.splice(0, mostPending / 2), this.bounds()))
  }

  /** Takes no more. Returns the leaves that no checkpoint covers, and the checkpoints that cover more than there is. */
  async finish(): Promise<{ uncovered: Place[]; unmet: Anchor[] }> {
    while (this.pending.length >= this.wanted()) await this.judge()
    while (this.anchors.length > 0 && this.accepts(this.wanted())) this.anchors.shift()
    this.recover([])
    const uncovered = this.pending
    this.compare(this.goOn(uncovered, this.bounds()))
    return { uncovered, unmet: this.anchors.flat() }
  }

  /** How many more leaves the next checkpoint covers. */
  private wanted(): number {
    const size = this.anchors[0]?.[0]?.size
    return size === undefined ? Number.POSITIVE_INFINITY : size - this.tree.size
  }

  private bounds(): Bounds {
    const { origin, size } = this.anchors[0]?.[0] ?? {}
    return {
      ...(this.after && { after: this.after }),
      ...(origin !== undefined && size !== undefined && { before: { origin, size } }),
    }
  }

  private async judge() {
    const length = this.wanted()
    if (!this.accepts(length)) await this.lose(this.pending.splice(0, length))
    this.anchors.shift()
  }

  /** Goes on to the next checkpoint in the first way in which it is fulfilled, if there is one. */
  private accepts(length: number): boolean {
    if (this.lost) return false
    for (const variant of variants(this.pending, length, this.orphans)) {
      const { tree, completed } = grown(this.tree, variant.pieces)
      const bounds = this.bounds()
      if (this.fulfils(tree)) {
        this.tell(variant, bounds)
        this.compare(completed)
        this.pending = variant.rest
        this.tree = tree
        return true
      }
      this.tried += length
      if (this.tried > mostTried) break
    }
    return false
  }

  /** Whether the tree is what the next checkpoint says, or one of several. */
  private fulfils(tree: GrowingTree): boolean {
    const root = tree.root()
    const anchors = this.anchors[0] ?? []
    if (!anchors.some((anchor) => anchor.root.equals(root))) return false
    for (const anchor of anchors) {
      if (anchor.root.equals(root)) this.witness.fulfilled(anchor)
      else this.witness.contradicted(anchor)
      this.after = { origin: anchor.origin, size: anchor.size }
    }
    return true
  }

  private tell({ pieces, inserted, isSorted }: Variant, bounds: Bounds) {
    const found = new Set<Orphan>()
    for (const [at, { from, place }] of pieces.entries()) {
      const index = this.tree.size + at
      if (typeof from !== 'string') {
        this.witness.leafGone(index, from, bounds)
        found.add(from)
      } else if (place?.leaf) {
        if (isSorted && place.index !== index) this.witness.leafMoved(place.leaf, index, bounds)
        if (isOdd(place.leaf)) this.witness.leaf(place.leaf, from, bounds)
      }
    }
    if (inserted?.leaf) this.witness.leafInserted(inserted.leaf, bounds)
    if (found.size > 0) this.orphans = this.orphans.filter((orphan) => !found.has(orphan))
  }

  /** No way is known in which these leaves make what was signed. The stored nodes may still say it. */
  private async lose(places: readonly Place[]) {
    const [start, bounds] = [this.tree.size, this.bounds()]
    this.lost ??= { start, end: start + places.length, bounds, unfulfilled: 0, triedAt: Number.NEGATIVE_INFINITY }
    this.lost.unfulfilled++
    const stored = await this.storedTree(start + places.length)
    const completed = this.goOn(places, bounds)
    if (stored && this.fulfils(stored)) {
      this.recover(this.differing(completed))
      this.tree = stored
    } else {
      this.compare(completed)
    }
  }

  /** The tree as the stored nodes have it, if they may tell more than when they were last asked. */
  private async storedTree(size: number): Promise<GrowingTree | undefined> {
    if (!this.lost || Math.floor(size / nodeWidth) <= Math.floor(this.lost.triedAt / nodeWidth)) return undefined
    this.lost.triedAt = size
    try {
      return new GrowingTree(size, await peaksAt(this.query, size))
    } catch (error) {
      if (error instanceof DamagedTree) return undefined
      throw error
    }
  }

  /** Says where something was rewritten, once it is known how far nothing can be told. */
  private recover(ranges: readonly (readonly [number, number])[]) {
    if (!this.lost) return
    const { start, end, bounds, unfulfilled } = this.lost
    const within = ranges.flatMap(([first, last]): [number, number][] =>
      first < end && last >= start ? [[Math.max(first, start), Math.min(last, end - 1)]] : [],
    )
    this.witness.rewritten(within.length > 0 ? within : [[start, end - 1]], bounds, unfulfilled)
    this.lost = undefined
  }

  /** Goes on without knowing whether it is what was signed; returns the nodes that were completed. */
  private goOn(places: readonly Place[], bounds: Bounds): CompleteNode[] {
    for (const { index, leaf } of places) {
      if (!leaf) this.witness.leafGone(index, undefined, bounds)
      else if (isOdd(leaf)) this.witness.leaf(leaf, 'unknown', bounds)
    }
    const { tree, completed } = grown(this.tree, places.map(pieceOf))
    this.tree = tree
    return completed
  }

  /** The leaves below stored nodes that say something else. */
  private differing(completed: readonly CompleteNode[]): [number, number][] {
    return completed
      .filter((node) => this.takeStored(node) !== node.hash.toString('hex') && node.level === 1)
      .map(({ index }) => [index * nodeWidth, (index + 1) * nodeWidth - 1])
  }

  private compare(completed: readonly CompleteNode[]) {
    for (const node of completed) {
      const stored = this.takeStored(node)
      if (stored !== node.hash.toString('hex')) this.witness.node(node, stored !== undefined)
    }
  }

  private takeStored({ level, index }: CompleteNode): string | undefined {
    const key = nodeKey(level, index)
    const hash = this.nodes.get(key)
    this.nodes.delete(key)
    return hash
  }
}

/** Whether a leaf isn't that of its entry. */
export const isOdd = ({ hash, computed, entry, contactId }: StoredLeaf): boolean =>
  computed !== hash || entry?.contactId !== contactId

/** A copy of the tree with these leaves added. */
function grown(from: GrowingTree, pieces: readonly (Piece | undefined)[]) {
  const tree = from.copy()
  const completed: CompleteNode[] = []
  for (const piece of pieces) completed.push(...tree.add(piece?.hash ?? gone))
  return { tree, completed }
}

/** Stands for a leaf that is gone. */
const gone: Hash = emptyRoot
