import type { Connection } from './connection.ts'
import { readLeaves, type StoredLeaf } from './rows.ts'
import { compareTables, compareTransactions } from './variants.ts'

const mostDescents = 50
const longest = 20_000

/**
 * What somebody may have done who exchanged leaves that are far apart: leaves that would stand elsewhere in an order in which
 * entries get into the tree, by the index where they would. None if it can't be that.
 *
 * @param start Where the first leaf may be that isn't what was signed.
 * @param end Where no leaf can be.
 */
export async function misplacedLeaves(
  connection: Connection,
  start: number,
  end: number,
): Promise<Map<number, StoredLeaf>[]> {
  const rows = await connection.ask(
    `SELECT leaf_index FROM (
       SELECT l.leaf_index, e.transaction_id, e.id,
         lag(e.transaction_id) OVER w AS transaction_before, lag(e.id) OVER w AS id_before
       FROM audit_leaf l JOIN (
         SELECT id, transaction_id FROM audit_entry UNION ALL SELECT id, transaction_id FROM system_audit_entry
       ) e ON e.id = l.entry_id
       WINDOW w AS (ORDER BY l.leaf_index)
     ) e
     WHERE (transaction_id, id) < (transaction_before, id_before) AND leaf_index >= $1 AND leaf_index < $2
     ORDER BY leaf_index LIMIT $3`,
    [start, end, mostDescents],
  )
  // The neighbour before may be of the checkpoint before, which it seems to fulfil as one that was put in.
  const [first, last] = [Math.max(start - 1, 0, Number(rows[0]?.[0]) - 1), Number(rows.at(-1)?.[0])]
  if (rows.length === 0 || rows.length === mostDescents || last - first > longest) return []
  const { leaves } = await readLeaves(connection, first, last + 1)
  if (leaves.length !== last + 1 - first || leaves.some(({ entry }) => !entry)) return []
  return [compareTransactions, compareTables].map((order) => {
    const sorted = leaves.toSorted((one, other) => (one.entry && other.entry ? order(one.entry, other.entry) : 0))
    return new Map(sorted.flatMap((leaf, at) => (leaf.index === first + at ? [] : [[first + at, leaf]])))
  })
}
