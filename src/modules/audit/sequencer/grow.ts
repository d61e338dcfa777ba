import type pg from 'pg'
import type { Signer } from '../checkpoint/keys.ts'
import { signCheckpoint } from '../checkpoint/note.ts'
import { type LeafEntry, leafHashOf } from '../leaf.ts'
import type { GrowingTree } from '../tree/growth.ts'
import { leaseSeconds } from './connection.ts'
import type { Lease } from './lease.ts'

/** What the holder of the lease goes by: the lease, the tree as it is in the database, and who signs in this epoch. */
export type Held = { lease: Lease; tree: GrowingTree; signer: Signer }

// One statement, so that all of it happens or nothing, and nothing once another process has the lease: whoever takes it
// changes the term, and the row stays locked until this is committed.
const statement = `
  WITH fence AS (
    UPDATE audit_sequencer SET lease_until = clock_timestamp() + interval '${leaseSeconds} seconds',
      watermark = $3, database = $4, epoch = $5
    WHERE id = 1 AND holder = $1 AND term = $2 RETURNING id
  ), leaf AS (
    INSERT INTO audit_leaf (leaf_index, entry_id, contact_id, hash)
    SELECT $6::bigint + l.place - 1, l.entry_id, l.contact_id, l.hash
    FROM fence, unnest($7::uuid[], $8::uuid[], $9::bytea[]) WITH ORDINALITY l (entry_id, contact_id, hash, place)
  ), node AS (
    INSERT INTO audit_node (level, node_index, hash)
    SELECT n.level, n.node_index, n.hash
    FROM fence, unnest($10::int[], $11::bigint[], $12::bytea[]) n (level, node_index, hash)
  ), checkpoint AS (
    INSERT INTO audit_checkpoint (epoch, tree_size, note) SELECT $5, $13, $14 FROM fence WHERE $14::text IS NOT NULL
  )
  SELECT pg_notify('lethe_checkpoint', '') FROM fence`

/**
 * Makes entries the next leaves of the tree, signs a checkpoint, which it returns, and moves the lease's watermark and the
 * rest of what the lease says. Throws if another process has the lease by now. After any error, what is `held` is of no use any more.
 */
export async function grow(
  on: pg.Pool | pg.ClientBase,
  { lease, tree, signer }: Held,
  entries: readonly LeafEntry[],
): Promise<string | undefined> {
  const first = tree.size
  const hashes = entries.map(leafHashOf)
  const nodes = hashes.flatMap((hash) => tree.add(hash))
  const note = entries.length > 0 ? signCheckpoint(signer, { size: tree.size, root: tree.root() }) : null
  const { rowCount } = await on.query({
    name: 'lethe_grow',
    text: statement,
    values: [
      ...[lease.holder, lease.term, lease.watermark, lease.database, lease.epoch, first],
      ...[entries.map(({ id }) => id), entries.map(({ contactId }) => contactId), hashes],
      ...[nodes.map(({ level }) => level), nodes.map(({ index }) => index), nodes.map(({ hash }) => hash)],
      ...[tree.size, note],
    ],
  })
  if (rowCount !== 1) throw new LostLease()
  return note ?? undefined
}

/** Another process puts entries into the tree now. */
export class LostLease extends Error {
  override readonly name = 'LostLease'
}
