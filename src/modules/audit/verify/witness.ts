import { nodeWidth } from '../tree/growth.ts'
import type { Finding } from './finding.ts'
import { boundsText, capitalised, entryText, factsOf, factsOfLost, leavesText } from './names.ts'
import { type Odd, tellOdd } from './odd.ts'
import type { Bounds, Witness } from './reconstruction.ts'
import { type Gap, gapText } from './sequences.ts'
import type { State } from './state.ts'
import type { Orphan } from './variants.ts'

type Gone = { index: number; orphan: Orphan | undefined; bounds: Bounds }

// Each is kept until the end.
const mostOdd = 20_000

/**
 * Takes down what the reconstruction tells, and in the end says what was done: whether an entry was edited, say, or its place
 * in the tree, is only known when all is.
 */
export function createWitness(
  orphans: readonly Orphan[],
  gaps: Map<string, Gap[]>,
  { isSettled, beyond }: Pick<State, 'isSettled' | 'beyond'>,
  add: (finding: Finding) => void,
) {
  const odd: Odd[] = []
  const gone: Gone[] = []
  const rewritten: { ranges: readonly (readonly [number, number])[]; bounds: Bounds; unfulfilled: number }[] = []
  const unplaced = new Set(orphans)

  const witness: Witness = {
    leaf: (leaf, signed, bounds) => {
      if (odd.length < mostOdd) odd.push({ leaf, signed, bounds })
      else add({ kind: 'edited', text: `Leaf ${leaf.index} doesn't fit its entry.`, leafIndex: leaf.index, ...bounds })
    },
    leafGone: (index, orphan, bounds) => {
      if (orphan) unplaced.delete(orphan)
      gone.push({ index, orphan, bounds })
    },
    leafInserted: (leaf, bounds) => {
      const facts = leaf.entry ? factsOf(leaf.entry) : factsOfLost(leaf.entryId, leaf.contactId)
      const text = `${capitalised(entryText(facts))} was inserted as leaf ${leaf.index}, and the leaves after it moved on.`
      add({ kind: 'inserted', text, ...facts, leafIndex: leaf.index, ...bounds })
    },
    leafMoved: (leaf, signedIndex, bounds) => {
      const facts = leaf.entry ? factsOf(leaf.entry) : factsOfLost(leaf.entryId, leaf.contactId)
      const text = `${capitalised(entryText(facts))} has leaf ${leaf.index}; signed it was as leaf ${signedIndex}.`
      add({ kind: 'reordered', text, ...facts, leafIndex: leaf.index, ...bounds })
    },
    node: ({ level, index }, isThere) => {
      const width = nodeWidth ** level
      const where = { leafIndex: index * width, lastLeafIndex: (index + 1) * width - 1 }
      const which = `The node ${index} of level ${level}, above ${leavesText(where.leafIndex, where.lastLeafIndex)},`
      add(
        isThere
          ? { kind: 'nodeAltered', text: `${which} isn't what these leaves make.`, ...where }
          : { kind: 'nodeRemoved', text: `${which} is gone.`, ...where },
      )
    },
    rewritten: (ranges, bounds, unfulfilled) => rewritten.push({ ranges, bounds, unfulfilled }),
    fulfilled: ({ isStored, source, origin, size }) => {
      if (isStored) return
      const text = `The checkpoint of ${size} leaves (${origin}), which is in ${source}, is gone from the database.`
      add({ kind: 'checkpointRemoved', text, before: { origin, size } })
    },
    contradicted: ({ source, origin, size }) => {
      const text = `The checkpoint of ${size} leaves (${origin}) in ${source} says something else than another one of as many: one of them lies.`
      add({ kind: 'rewritten', text, before: { origin, size } })
    },
  }

  /** Returns where the first leaves are that were rewritten in an unknown way. */
  function finish(): number | undefined {
    tellOdd(odd, gaps, unplaced, add)
    tellGone(gone, add)
    let lostAt: number | undefined
    for (const { ranges, bounds, unfulfilled } of rewritten) {
      const isExplained = ranges.every(([first, last]) => gone.some(({ index }) => index >= first && index <= last))
      if (isExplained) continue
      lostAt ??= ranges[0]?.[0]
      for (const range of ranges) add(rewrittenFinding(range, bounds, unfulfilled))
    }
    const unless = gone.length > 0 ? orLeafRemoved : isSettled ? '' : orNotYetIn
    for (const orphan of unplaced) {
      const isToCome = BigInt(orphan.entry.transactionId) >= BigInt(beyond)
      add(insertedFinding(orphan, isToCome ? 'is of a transaction that is still to come' : notInTree, unless))
    }
    for (const [contactId, list] of gaps) {
      for (const gap of list) {
        const text = `Of the entries about the contact ${contactId}, ${gapText(gap)}.`
        add({ kind: 'sequenceGap', text, contactId, sequence: Number(gap.first) })
      }
    }
    return lostAt
  }
  return { witness, finish }
}

/** Leaves that are gone: one for each whose entry is known, one for each row of others. */
function tellGone(gone: readonly Gone[], add: (finding: Finding) => void) {
  const others: (Gone & { last: number })[] = []
  for (const { index, orphan, bounds } of gone) {
    const before = others.at(-1)
    if (orphan) add(goneFinding(orphan, index, bounds))
    else if (before?.last === index - 1) before.last = index
    else others.push({ index, last: index, orphan, bounds })
  }
  for (const { index, last, bounds } of others) {
    const text = `${capitalised(leavesText(index, last))} ${index === last ? 'is' : 'are'} gone, ${boundsText(bounds)}: what else was done between these can't be told.`
    add({ kind: 'leafRemoved', text, leafIndex: index, lastLeafIndex: last, ...bounds })
  }
}

function goneFinding({ entry, strayIndex }: Orphan, index: number, bounds: Bounds): Finding {
  const facts = factsOf(entry)
  const which = capitalised(entryText(facts))
  return strayIndex === undefined
    ? {
        kind: 'leafRemoved',
        text: `${which} is as it was signed, but its leaf ${index} is gone.`,
        ...facts,
        leafIndex: index,
        ...bounds,
      }
    : {
        kind: 'reordered',
        text: `${which} was signed as leaf ${index}, which stands at ${strayIndex} now.`,
        ...facts,
        leafIndex: index,
        ...bounds,
      }
}

const notInTree = 'is not in the tree, though entries after it are'
const orLeafRemoved = ', or its leaf was removed'
const orNotYetIn =
  ', unless this database has just been restored, moved or upgraded: the server takes in what has no leaf then, so verify again when it has run for a while'

function insertedFinding({ entry, strayIndex }: Orphan, why: string, unless: string): Finding {
  const facts = factsOf(entry)
  const which = capitalised(entryText(facts))
  const text =
    strayIndex === undefined
      ? `${which} ${why}: it was inserted${unless}.`
      : `${which} has the leaf ${strayIndex}, where none can be.`
  return { kind: 'inserted', text, ...facts }
}

function rewrittenFinding([first, last]: readonly [number, number], bounds: Bounds, unfulfilled: number): Finding {
  const which = `One or more of the entries with ${leavesText(first, last)}`
  const more =
    unfulfilled > 1
      ? ` Nor are the next ${unfulfilled - 1} checkpoints fulfilled, so what was done there can't be told.`
      : ''
  const text = `${which} are others than those signed, ${boundsText(bounds)}: entries and leaves were rewritten together.${more}`
  return { kind: 'rewritten', text, leafIndex: first, lastLeafIndex: last, ...bounds }
}
