import { nodeWidth, peakWidths } from './growth.ts'
import { emptyRoot, type Hash, nodeHash, split } from './hashing.ts'
import type { Range } from './proofs.ts'

/** Runs a statement and gives its rows: `pg`, or anything that can do as much. */
export type Query = <Row extends object>(text: string, values: readonly unknown[]) => Promise<Row[]>

/**
 * The roots of these subtrees, from what is stored, with one statement. Each must be one that occurs in a tree: its width a
 * power of two, or reaching to the tree's right edge. Reads at most 256 hashes for each level and edge.
 */
export async function subtreeRoots(query: Query, ranges: readonly Range[]): Promise<Hash[]> {
  const pieces = await load(query, ranges.flatMap(spansOf))
  const known = new Map<string, Hash>()
  const rootOf = (start: number, end: number): Hash => {
    const place = `${start}-${end}`
    const root = known.get(place) ?? pieces.get(place) ?? halves(start, end)
    known.set(place, root)
    return root
  }
  const halves = (start: number, end: number) => {
    if (end - start <= 1) throw new DamagedTree(`the tree lacks the leaf ${start}`)
    const middle = start + split(end - start)
    return nodeHash(rootOf(start, middle), rootOf(middle, end))
  }
  return ranges.map(({ start, end }) => rootOf(start, end))
}

/** The root of the first `size` leaves. */
export async function rootAt(query: Query, size: number): Promise<Hash> {
  const [root] = size === 0 ? [] : await subtreeRoots(query, [{ start: 0, end: size }])
  return root ?? emptyRoot
}

/** The roots of the complete subtrees that make up a tree of this size, largest first. */
export async function peaksAt(query: Query, size: number): Promise<Hash[]> {
  let start = 0
  const ranges = peakWidths(size).map((width) => {
    const range = { start, end: start + width }
    start += width
    return range
  })
  return subtreeRoots(query, ranges)
}

/** What is stored of the tree has holes. */
export class DamagedTree extends Error {
  override readonly name = 'DamagedTree'
}

/** Stored nodes of a level next to each other, from the first up to but without the last; leaves are at level 0. */
type Span = { level: number; first: number; last: number }

/** The largest complete nodes there are that cover the range. */
function spansOf({ start, end }: Range): Span[] {
  const spans: Span[] = []
  let from = start
  for (let level = highestLevel(end - start); level >= 0; level--) {
    const width = nodeWidth ** level
    const [first, last] = [Math.ceil(from / width), Math.floor(end / width)]
    if (first * width !== from || first >= last) continue
    spans.push({ level, first, last })
    from = last * width
  }
  return spans
}

function highestLevel(leaves: number): number {
  let level = 0
  while (nodeWidth ** (level + 1) <= leaves) level++
  return level
}

// Each span by the primary key of its table, whatever the statistics say.
const stored = `
  SELECT s.level, n.index, n.hash
  FROM unnest($1::int[], $2::bigint[], $3::bigint[]) s (level, first, last)
  CROSS JOIN LATERAL (
    SELECT l.leaf_index AS index, l.hash FROM audit_leaf l
    WHERE s.level = 0 AND l.leaf_index >= s.first AND l.leaf_index < s.last
    UNION ALL
    SELECT o.node_index, o.hash FROM audit_node o
    WHERE s.level > 0 AND o.level = s.level AND o.node_index >= s.first AND o.node_index < s.last
    OFFSET 0
  ) n`

/** The hashes of these nodes, by the leaves that they stand for: `start-end`. */
async function load(query: Query, spans: readonly Span[]): Promise<Map<string, Hash>> {
  const wanted = [...new Map(spans.map((span) => [JSON.stringify(span), span])).values()]
  const rows = await query<{ level: number; index: string | bigint; hash: Uint8Array }>(stored, [
    wanted.map(({ level }) => level),
    wanted.map(({ first }) => first),
    wanted.map(({ last }) => last),
  ])
  return new Map(
    rows.map(({ level, index, hash }) => {
      const width = nodeWidth ** level
      const start = Number(index) * width
      return [`${start}-${start + width}`, Buffer.from(hash)]
    }),
  )
}
