import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { renamed, type Signer } from '../../src/modules/audit/checkpoint/keys.ts'
import { openCheckpoint, readCheckpoint } from '../../src/modules/audit/checkpoint/note.ts'
import { GrowingTree } from '../../src/modules/audit/tree/growth.ts'
import type { Hash } from '../../src/modules/audit/tree/hashing.ts'
import { ownerOf, withClient } from '../support/database.ts'

type Entry = {
  id: string
  contact_id: string | null
  sequence: string | null
  recorded_at: Date
  transaction_id: string
  request_id: string
  actor_kind: string
  actor_id: string | null
  action: string
  operation: string
  entity: string
  entity_id: string
  fields: string[]
  values: Buffer | null
}

const columns = `id, recorded_at, transaction_id, request_id, actor_kind, actor_id, action, operation, entity, entity_id, fields, "values"`

/** What a tree turned out to hold: the ids of its entries in their order, and the sizes and epochs of its checkpoints. */
export type Found = { ids: Set<string>; checkpoints: { size: number; epoch: number; origin: string }[] }

/**
 * Looks at all that a database holds of its log: indexes without a gap, a leaf for each entry and no other, each hash that of
 * its entry, all nodes there and right, and every checkpoint rightly signed, with the root that the tree had at its size.
 */
export const checkTree = (url: string, signer: Signer): Promise<Found> => checkTreeIn(ownerOf(url), signer)

/** The same for a database of any server, as a user who may read it. */
export const checkTreeIn = (url: string, signer: Signer): Promise<Found> =>
  withClient(url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    const { rows: entries } = await client.query<Entry>(
      `SELECT contact_id, sequence, ${columns} FROM audit_entry
       UNION ALL SELECT NULL, NULL, ${columns} FROM system_audit_entry`,
    )
    const { rows: leaves } = await client.query<{
      leaf_index: string
      entry_id: string
      contact_id: string
      hash: Buffer
    }>('SELECT * FROM audit_leaf ORDER BY leaf_index')
    const { rows: nodes } = await client.query<{ level: number; index: string; hash: Buffer }>(
      'SELECT level, node_index AS index, hash FROM audit_node ORDER BY level, node_index',
    )
    const { rows: checkpoints } = await client.query<{ epoch: number; size: string; note: string }>(
      'SELECT epoch, tree_size AS size, note FROM audit_checkpoint ORDER BY epoch, tree_size',
    )

    expect(leaves.map(({ leaf_index }) => Number(leaf_index))).toEqual(leaves.map((_, index) => index))
    expect(leaves.map(({ entry_id }) => entry_id).toSorted()).toEqual(entries.map(({ id }) => id).toSorted())
    const byId = new Map(entries.map((entry) => [entry.id, entry]))
    const tree = new GrowingTree()
    const roots: Hash[] = [tree.root()]
    const expected = leaves.flatMap(({ entry_id, contact_id, hash }) => {
      const entry = byId.get(entry_id)
      expect([contact_id, hash.toString('hex')]).toEqual([entry?.contact_id, entry && leafHashOf(entry)])
      const completed = tree.add(Buffer.from(hash))
      roots.push(tree.root())
      return completed
    })
    const inOrder = expected.toSorted((one, other) => one.level - other.level || one.index - other.index)
    expect(nodes.map(({ level, index, hash }) => ({ level, index: Number(index), hash }))).toEqual(inOrder)
    const found = checkpoints.map(({ epoch, size, note }) => {
      const origin = readCheckpoint(note)?.origin ?? ''
      const opened = openCheckpoint(renamed(signer, origin), note)
      expect(opened).toEqual({ origin, size: Number(size), root: roots[Number(size)] })
      return { size: Number(size), epoch, origin }
    })
    expect(Math.max(0, ...found.map(({ size }) => size))).toBe(leaves.length)
    return { ids: new Set(leaves.map(({ entry_id }) => entry_id)), checkpoints: found }
  })

const sha256 = (...parts: (string | Uint8Array)[]) =>
  createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part))))

/** As the documentation has it, with nothing of the product in it. */
function leafHashOf(entry: Entry): string {
  const { entity, fields } = entry
  const values = entry.values && sha256(entry.values).digest('hex')
  const what = sha256(JSON.stringify({ entity, entityId: entry.entity_id, fields, values })).digest('hex')
  const leaf = JSON.stringify({
    action: entry.action,
    actorId: entry.actor_id,
    actorKind: entry.actor_kind,
    contactId: entry.contact_id,
    id: entry.id,
    operation: entry.operation,
    recordedAt: entry.recorded_at.toISOString(),
    requestId: entry.request_id,
    sequence: entry.sequence === null ? null : Number(entry.sequence),
    transactionId: entry.transaction_id,
    version: 1,
    what,
  })
  return sha256(Buffer.from([0]), leaf).digest('hex')
}
