import type { LeafEntry } from '../leaf.ts'
import type { Hash } from '../tree/hashing.ts'
import type { EntryFacts } from './names.ts'
import type { StoredLeaf } from './rows.ts'

/** An index of the tree, and the leaf that is stored there, unless it is gone. */
export type Place = { index: number; leaf: StoredLeaf | undefined }

/** An entry without a leaf in the tree, with the hash that its leaf would have. `strayIndex`: its leaf stands where no leaf can be. */
export type Orphan = { entry: LeafEntry; computed: Hash; strayIndex: string | undefined }

/** A leaf of a tree that may have been signed, and why it is thought to be it. */
export type Piece = {
  hash: Hash
  place: Place | undefined
  /** Whether the hash is the stored one, what the leaf's entry makes, or what an entry without a leaf makes. */
  from: 'leaf' | 'entry' | Orphan
}

/** What the next leaves may have been when they were signed. */
export type Variant = {
  pieces: Piece[]
  /** What is stored and isn't used up by it. */
  rest: Place[]
  /** A leaf that wasn't there. */
  inserted?: Place
  /** Whether the leaves were in another order. */
  isSorted?: boolean
}

const mostMixed = 8
const mostLeftOut = 2048
const mostOrphans = 64

/**
 * What the next `length` leaves may have been when they were signed, the likeliest first: as they are stored; as their
 * entries say; and so on, through what somebody may have done who had access to the tables. Which it was, only a signed
 * checkpoint can tell.
 */
export function* variants(pending: readonly Place[], length: number, orphans: readonly Orphan[]): Generator<Variant> {
  const places = pending.slice(0, length)
  const rest = pending.slice(length)
  for (const filled of fillings(places, length, orphans)) {
    for (const pieces of choices(filled)) yield { pieces, rest }
  }
  const present = places.map(pieceOf)
  if (!isWhole(present)) return
  for (const pieces of [present, present.map(asEntry)]) {
    yield* inOrder(pieces, rest)
    yield* withLost(pieces, rest, length, orphans)
  }
  yield* withoutOne(places, rest)
}

/** The leaves with entries in the places of those that are gone. */
function* fillings(places: readonly Place[], length: number, orphans: readonly Orphan[]): Generator<Piece[]> {
  const slots = [...places.map(pieceOf), ...new Array<undefined>(length - places.length)]
  if (isWhole(slots)) {
    yield slots
    return
  }
  const gone = slots.filter((slot) => !slot).length
  for (let first = 0; first + gone <= Math.min(orphans.length, first + mostOrphans); first++) {
    if (first > mostOrphans) return
    let at = first
    const filled = slots.map((slot) => {
      const orphan = slot ? undefined : orphans[at++]
      return slot ?? (orphan && ofOrphan(orphan))
    })
    if (isWhole(filled)) yield filled
  }
}

/** Where leaf and entry differ, one of them is what was signed. */
function* choices(pieces: Piece[]): Generator<Piece[]> {
  yield pieces
  const differing = pieces.flatMap((piece, at) => (isDiffering(piece) ? [at] : []))
  if (differing.length === 0) return
  yield pieces.map(asEntry)
  if (differing.length === 1 || differing.length > mostMixed) return
  for (let chosen = 1; chosen < 2 ** differing.length - 1; chosen++) {
    const mixed = pieces.slice()
    for (const [bit, at] of differing.entries()) {
      const piece = pieces[at]
      if (piece && Math.floor(chosen / 2 ** bit) % 2 === 1) mixed[at] = asEntry(piece)
    }
    yield mixed
  }
}

/** In an order in which the sequencer takes entries. */
function* inOrder(pieces: readonly Piece[], rest: Place[]): Generator<Variant> {
  for (const order of [compareTransactions, compareTables]) {
    const sorted = pieces.toSorted(by(order))
    if (sorted.some((piece, at) => piece !== pieces[at])) yield { pieces: sorted, rest, isSorted: true }
  }
}

/** With leaves that were taken out, those after them moved up. */
function* withLost(
  pieces: readonly Piece[],
  rest: readonly Place[],
  length: number,
  orphans: readonly Orphan[],
): Generator<Variant> {
  for (const lost of [within(pieces, orphans), ...orphans.slice(0, mostOrphans).map((orphan) => [orphan])]) {
    if (lost.length === 0 || pieces.length + lost.length < length) continue
    const merged = [...pieces, ...lost.map(ofOrphan)].toSorted(by(compareTransactions))
    const beyond = merged.slice(length).flatMap(({ place }) => place ?? [])
    if (beyond.length === merged.length - length) yield { pieces: merged.slice(0, length), rest: [...beyond, ...rest] }
  }
}

/** Without a leaf that was put in, those after it moved down. */
function* withoutOne(places: readonly Place[], [next, ...others]: readonly Place[]): Generator<Variant> {
  if (!next || places.length > mostLeftOut) return
  const all = [...places, next].map(pieceOf)
  if (!isWhole(all)) return
  for (const [at, place] of places.entries()) {
    yield { pieces: all.filter((_, index) => index !== at), rest: others, inserted: place }
  }
}

/** The place as it is stored. */
export const pieceOf = (place: Place): Piece | undefined => place.leaf && { hash: place.leaf.hash, place, from: 'leaf' }

const ofOrphan = (orphan: Orphan): Piece => ({ hash: orphan.computed, place: undefined, from: orphan })

const isWhole = (slots: readonly (Piece | undefined)[]): slots is Piece[] => slots.every((slot) => slot !== undefined)

const isDiffering = ({ from, place }: Piece) =>
  from === 'leaf' && place?.leaf?.computed !== undefined && place.leaf.computed !== place.leaf.hash

function asEntry(piece: Piece): Piece {
  const computed = piece.from === 'leaf' ? piece.place?.leaf?.computed : undefined
  return computed ? { ...piece, hash: computed, from: 'entry' } : piece
}

/** Entries whose leaves would have their places among these. */
function within(pieces: readonly Piece[], orphans: readonly Orphan[]): Orphan[] {
  const [first, last] = [pieces[0], pieces.at(-1)]
  if (!first || !last) return []
  const order = by(compareTransactions)
  return orphans.filter((orphan) => order(first, ofOrphan(orphan)) <= 0 && order(ofOrphan(orphan), last) <= 0)
}

const entryOf = ({ from, place }: Piece): EntryFacts | undefined =>
  typeof from === 'string' ? place?.leaf?.entry : from.entry

type Order = (one: EntryFacts, other: EntryFacts) => number

/** The order in which entries get into the tree: that of their transactions, then of their ids. */
export const compareTransactions: Order = (one, other) =>
  one.transactionId.length - other.transactionId.length ||
  compareTexts(one.transactionId, other.transactionId) ||
  compareTexts(one.id, other.id)

/** The order in which they do when all are looked through: those about contacts first, then by their ids. */
export const compareTables: Order = (one, other) =>
  Number(one.contactId === null) - Number(other.contactId === null) || compareTexts(one.id, other.id)

const compareTexts = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

const by =
  (order: Order) =>
  (one: Piece, other: Piece): number => {
    const [a, b] = [entryOf(one), entryOf(other)]
    return a && b ? order(a, b) : 0
  }
