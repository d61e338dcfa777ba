import type { Anchor } from './anchors.ts'
import type { Ask } from './connection.ts'
import type { Finding } from './finding.ts'
import type { EntryFacts } from './names.ts'
import { capitalised, entryText, factsOf, factsOfLost, leavesText } from './names.ts'
import { nodeKey } from './rows.ts'
import type { Place } from './variants.ts'

type Add = (finding: Finding) => void

/** Leaves that no checkpoint covers: whoever puts in leaves signs one with them. */
export function tellUncovered(uncovered: readonly Place[], add: Add): void {
  const leaves = uncovered.flatMap(({ leaf }) => leaf ?? [])
  for (const { index, entry, entryId, contactId } of leaves.slice(0, mostSingly)) {
    const facts = entry ? factsOf(entry) : factsOfLost(entryId, contactId)
    const text = `${capitalised(entryText(facts))} has leaf ${index}, which no checkpoint covers: it was put in, or a checkpoint was removed.`
    add({ kind: 'inserted', text, ...facts, leafIndex: index })
  }
  const [first, last] = [leaves[mostSingly], leaves.at(-1)]
  if (!first || !last) return
  const where = { leafIndex: first.index, lastLeafIndex: last.index }
  const text = `Nor does any cover ${leavesText(where.leafIndex, where.lastLeafIndex)}.`
  add({ kind: 'inserted', text, ...where })
}

const mostSingly = 20

/**
 * Checkpoints that cover more leaves than there are.
 *
 * @param uncertain How many leaves there are after the last checkpoint that is fulfilled.
 */
export function tellUnmet(unmet: readonly Anchor[], leaves: number, uncertain: number, add: Add): void {
  const stored = unmet.findLast(({ isStored }) => isStored)
  const outside = unmet.findLast(({ isStored }) => !isStored)
  for (const { origin, size, source, isStored } of [stored, outside].flatMap((anchor) => anchor ?? [])) {
    const which = `The checkpoint of ${size} leaves (${origin}) in ${source}`
    const where = { leafIndex: leaves, lastLeafIndex: size - 1, before: { origin, size } }
    const gone =
      uncertain === 0 || size <= leaves
        ? `${leavesText(leaves, size - 1)} ${size - leaves === 1 ? 'is' : 'are'} gone`
        : `${size - leaves} of the leaves from ${leaves - uncertain} on are gone`
    if (isStored)
      add({ kind: 'truncated', text: `${which} is signed, but there are only ${leaves}: ${gone}.`, ...where })
    else {
      const text = `${which} is newer than the log in the database, which has ${leaves}: it was rolled back, and ${gone}.`
      add({ kind: 'rolledBack', text, ...where })
    }
  }
}

/** Entries that have the id of another one. */
export function tellDoubles(doubles: readonly EntryFacts[], add: Add): void {
  for (const entry of doubles) {
    const facts = factsOf(entry)
    add({
      kind: 'inserted',
      text: `${capitalised(entryText(facts))} was inserted with the id of another one.`,
      ...facts,
    })
  }
}

/** Rows of the tree that stand where nothing can be. */
export async function tellStrays(ask: Ask, end: number, add: Add): Promise<void> {
  const leaves = await ask(
    `SELECT l.leaf_index, l.entry_id FROM audit_leaf l
     WHERE (l.leaf_index < 0 OR l.leaf_index >= $1) AND NOT EXISTS (SELECT FROM audit_entry e WHERE e.id = l.entry_id)
       AND NOT EXISTS (SELECT FROM system_audit_entry e WHERE e.id = l.entry_id)
     ORDER BY l.leaf_index LIMIT 1000`,
    [end],
  )
  for (const [index, entryId] of leaves) {
    add({
      kind: 'inserted',
      text: `Leaf ${index} stands where none can be, for the entry ${entryId}, which isn't there.`,
    })
  }
  // Above what the tree can have; the first condition keeps the last one from growing out of numbers.
  const nodes = await ask(
    `SELECT level, node_index FROM audit_node
     WHERE CASE WHEN level < 1 OR level > 6 OR node_index < 0 THEN true ELSE (node_index::numeric + 1) * 256::numeric ^ level > $1 END
     ORDER BY level, node_index LIMIT 1000`,
    [end],
  )
  for (const [level, index] of nodes) {
    const text = `The node ${nodeKey(level ?? '', index ?? '')} (level and index) is of no part of the tree.`
    add({ kind: 'nodeAltered', text })
  }
}
