import { leafHashOf } from '../leaf.ts'
import type { Finding } from './finding.ts'
import { capitalised, entryText, factsOf, factsOfLost } from './names.ts'
import type { Bounds, Signed } from './reconstruction.ts'
import type { StoredLeaf } from './rows.ts'
import { type Gap, numbersOf } from './sequences.ts'
import type { Orphan } from './variants.ts'

/** A leaf that doesn't fit its entry, or has none. */
export type Odd = { leaf: StoredLeaf; signed: Signed; bounds: Bounds }

/**
 * Says of each leaf that doesn't fit its entry what was done. Takes what it explains out of `unplaced`, entries without a
 * leaf, and out of `gaps`.
 */
export function tellOdd(
  odd: readonly Odd[],
  gaps: Map<string, Gap[]>,
  unplaced: Set<Orphan>,
  add: (finding: Finding) => void,
): void {
  const byHash = new Map(odd.flatMap((one) => (one.leaf.computed ? [[hex(one.leaf.computed), one]] : [])))
  const removed: Odd[] = []
  for (const one of odd) {
    if (one.leaf.entry) add(differing(one, byHash.get(hex(one.leaf.hash))))
    else {
      const orphan = [...unplaced].find(({ entry, computed }) => isOf(one.leaf, entry, computed))
      if (orphan) unplaced.delete(orphan)
      if (orphan) add(renamed(one, orphan))
      else removed.push(one)
    }
  }
  for (const [contactId, list] of Map.groupBy(removed, ({ leaf }) => leaf.contactId)) {
    // Numbers go by time like ids of version 7, mostly.
    const numbers = numbersOf(gaps.get(contactId ?? '') ?? [])
    const isAll = contactId !== null && numbers.length === list.length
    if (isAll) gaps.delete(contactId)
    const inOrder = isAll ? list.toSorted((a, b) => (a.leaf.entryId < b.leaf.entryId ? -1 : 1)) : list
    for (const [at, one] of inOrder.entries()) add(removedFinding(one, isAll ? numbers[at] : undefined))
  }
}

const hex = (hash: Buffer) => hash.toString('hex')

/** Whether a leaf is the one of this entry, or was until its id was changed. */
const isOf = (leaf: StoredLeaf, entry: Orphan['entry'], computed: Buffer) =>
  computed.equals(leaf.hash) || leafHashOf({ ...entry, id: leaf.entryId }).equals(leaf.hash)

function differing({ leaf, signed, bounds }: Odd, other: Odd | undefined): Finding {
  const { entry, hash, computed, index } = leaf
  const facts = { ...(entry ? factsOf(entry) : {}), leafIndex: index, ...bounds }
  const which = entryText(facts)
  if (computed && hash.equals(computed)) {
    const text = `Leaf ${index} says that its entry is about ${leaf.contactId ?? 'no contact'}, which ${which} isn't.`
    return { kind: 'leafAltered', text, ...facts }
  }
  if (other?.leaf.entry && other.leaf !== leaf) {
    const text = `Leaf ${index} stands for ${which}, but has the hash of ${entryText(factsOf(other.leaf.entry))}: they were exchanged.`
    return { kind: 'reordered', text, ...facts }
  }
  if (signed === 'entry') {
    return { kind: 'leafAltered', text: `Leaf ${index} was altered; ${which} is as it was signed.`, ...facts }
  }
  const text =
    signed === 'leaf'
      ? `${capitalised(which)} was edited: it isn't what leaf ${index} says, and the leaf is as it was signed.`
      : `${capitalised(which)} was edited: it isn't what leaf ${index} says.`
  return { kind: 'edited', text, ...facts }
}

function renamed({ leaf, bounds }: Odd, { entry, computed }: Orphan): Finding {
  const facts = { ...factsOf(entry), leafIndex: leaf.index, ...bounds }
  return computed.equals(leaf.hash)
    ? {
        kind: 'leafAltered',
        text: `Leaf ${leaf.index} names ${leaf.entryId}, but was signed for ${entryText(facts)}.`,
        ...facts,
      }
    : {
        kind: 'edited',
        text: `${capitalised(entryText(facts))} was edited: it was signed with the id ${leaf.entryId}.`,
        ...facts,
      }
}

function removedFinding({ leaf, bounds }: Odd, sequence: number | undefined): Finding {
  const { index, entryId, contactId } = leaf
  const facts = { ...factsOfLost(entryId, contactId), ...(sequence !== undefined && { sequence }) }
  const text = `${capitalised(entryText(facts))} was removed; leaf ${index} still stands for it.`
  return { kind: 'removed', text, ...facts, leafIndex: index, ...bounds }
}
