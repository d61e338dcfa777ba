import { type LeafEntry, leafHashOf } from '../leaf.ts'
import { type LeafRow, leafColumns, leafEntryOf } from '../leaf-rows.ts'
import { nodeWidth } from '../tree/growth.ts'
import type { Hash } from '../tree/hashing.ts'
import type { Connection } from './connection.ts'
import type { EntryFacts } from './names.ts'

/** A leaf as it is stored, and what it should be. */
export type StoredLeaf = {
  index: number
  entryId: string
  contactId: string | null
  hash: Hash
  /** The entry that it stands for, if that is there. */
  entry: EntryFacts | undefined
  /** The hash of that entry's leaf. */
  computed: Hash | undefined
}

/** Consecutive leaves, with what else is stored about this part of the tree. */
export type Batch = {
  /** The index after them. */
  to: number
  leaves: StoredLeaf[]
  /** Entries with the id of another. */
  doubles: EntryFacts[]
  /** The nodes that are complete with these leaves: hashes as hex, by `nodeKey`. */
  nodes: Map<string, string>
  notes: StoredNote[]
}

/** A row of the table of checkpoints. */
export type StoredNote = { epoch: number; size: number; note: string; signedAt: string }

export const nodeKey = (level: number | string, index: number | string): string => `${level}/${index}`

const batchSize = 4096

const leafStatement = `
  SELECT l.leaf_index, l.entry_id, l.contact_id, encode(l.hash, 'hex'), e.*
  FROM (SELECT * FROM audit_leaf WHERE leaf_index >= $1 AND leaf_index < $2) l
  LEFT JOIN LATERAL (
    SELECT ${leafColumns.audit_entry} FROM audit_entry e WHERE e.id = l.entry_id
    UNION ALL
    SELECT ${leafColumns.system_audit_entry} FROM system_audit_entry e WHERE e.id = l.entry_id
  ) e ON true
  ORDER BY l.leaf_index`

const nodeStatement = `
  SELECT n.level, n.node_index, encode(n.hash, 'hex')
  FROM unnest($1::int[], $2::bigint[], $3::bigint[]) r (level, first, beyond)
  JOIN audit_node n ON n.level = r.level AND n.node_index >= r.first AND n.node_index < r.beyond`

/** What to select of a checkpoint for `noteOf`. */
export const noteColumns = `epoch, tree_size, note, to_char(signed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const noteStatement = `
  SELECT ${noteColumns} FROM audit_checkpoint WHERE tree_size > $1 AND tree_size <= $2 ORDER BY tree_size, epoch`

/** All leaves below `end`, in their order; the next ones are already read meanwhile. */
export async function* readLog(connection: Connection, end: number): AsyncGenerator<Batch> {
  const fetch = (from: number) => {
    const fetched = readBatch(connection, from, Math.min(from + batchSize, end))
    fetched.catch(() => undefined) // Told when it is awaited, which may be never.
    return fetched
  }
  let next = fetch(0)
  for (let from = 0; from < end; from += batchSize) {
    const batch = await next
    if (batch.to < end) next = fetch(batch.to)
    yield batch
  }
}

async function readBatch(connection: Connection, from: number, to: number): Promise<Batch> {
  const { ask } = connection
  const [leaves, nodes, notes] = await Promise.all([
    readLeaves(connection, from, to),
    ask(nodeStatement, nodeRanges(from, to), 'lethe_verify_nodes'),
    ask(noteStatement, [from, to], 'lethe_verify_notes'),
  ])
  return {
    to,
    ...leaves,
    nodes: new Map(nodes.map(([level, index, hash]) => [nodeKey(level ?? '', index ?? ''), hash ?? ''])),
    notes: notes.map(noteOf),
  }
}

/** The leaves from one index up to before another, and entries that have the id of another one. */
export async function readLeaves(
  { each }: Connection,
  from: number,
  to: number,
): Promise<Pick<Batch, 'leaves' | 'doubles'>> {
  const leaves: StoredLeaf[] = []
  const doubles: EntryFacts[] = []
  await each(
    leafStatement,
    [from, to],
    (row) => {
      const leaf = leafIn(row)
      const known = leaves.at(-1)
      if (known?.index !== leaf.index) leaves.push(leaf)
      else if (leaf.entry && leaf.computed && known.entry) {
        // The one that fits is the one that the leaf was made for.
        const isFit = leaf.computed.equals(leaf.hash)
        doubles.push(isFit ? known.entry : leaf.entry)
        if (isFit) leaves.splice(-1, 1, leaf)
      }
    },
    'lethe_verify_leaves',
  )
  return { leaves, doubles }
}

export const noteOf = ([epoch, size, note, signedAt]: LeafRow): StoredNote => ({
  epoch: Number(epoch),
  size: Number(size),
  note: note ?? '',
  signedAt: signedAt ?? '',
})

/** Which nodes are completed by the leaves from one index up to before another: per level. */
function nodeRanges(from: number, to: number): [number[], number[], number[]] {
  const ranges: [number[], number[], number[]] = [[], [], []]
  for (let level = 1, width = nodeWidth; width <= to; level++, width *= nodeWidth) {
    ranges[0].push(level)
    ranges[1].push(Math.floor(from / width))
    ranges[2].push(Math.floor(to / width))
  }
  return ranges
}

const leafWidth = 4

function leafIn(row: LeafRow): StoredLeaf {
  const [index, entryId, contactId = null, hash] = row
  const leaf = { index: Number(index), entryId: entryId ?? '', contactId }
  const entryRow = row.slice(leafWidth)
  if (entryRow[0] == null)
    return { ...leaf, hash: Buffer.from(hash ?? '', 'hex'), entry: undefined, computed: undefined }
  const entry = leafEntryOf(entryRow)
  const computed = leafHashOf(entry)
  const isFit = computed.toString('hex') === hash
  return { ...leaf, hash: isFit ? computed : Buffer.from(hash ?? '', 'hex'), entry: withoutValues(entry), computed }
}

/** Long logs aren't kept in memory as a whole, but parts of them are for a while. */
export const withoutValues = ({
  id,
  contactId,
  sequence,
  recordedAt,
  transactionId,
  operation,
}: LeafEntry): EntryFacts => ({
  id,
  contactId,
  sequence,
  recordedAt,
  transactionId,
  operation,
})
