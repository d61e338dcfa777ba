import type pg from 'pg'
import { generateSigner, parseSigner, renamed, type Signer } from '../../src/modules/audit/checkpoint/keys.ts'
import { readCheckpoint, signCheckpoint } from '../../src/modules/audit/checkpoint/note.ts'
import { leafHashOf } from '../../src/modules/audit/leaf.ts'
import { asText, leafColumns, leafEntryOf } from '../../src/modules/audit/leaf-rows.ts'
import { type CompleteNode, GrowingTree } from '../../src/modules/audit/tree/growth.ts'

// What somebody can do who has the database and the code, but not the key that checkpoints are signed with.

/** Makes all leaves from an index on, and all nodes, fit the entries; `renumber` closes the gaps before. */
export async function rebuild(client: pg.Client, from = 0): Promise<void> {
  const { rows } = await client.query<(string | null)[]>({
    text: `SELECT e.*, l.leaf_index, encode(l.hash, 'hex') FROM audit_leaf l JOIN (
        SELECT ${leafColumns.audit_entry} FROM audit_entry e
        UNION ALL SELECT ${leafColumns.system_audit_entry} FROM system_audit_entry e) e ON e.id = l.entry_id
      WHERE l.leaf_index >= 0 ORDER BY l.leaf_index`,
    rowMode: 'array',
    types: asText,
  })
  const tree = new GrowingTree()
  const nodes: CompleteNode[] = []
  const hashes = rows.map((row) => {
    const [index, hash] = row.slice(-2)
    const leaf = Number(index) >= from ? leafHashOf(leafEntryOf(row)) : Buffer.from(hash ?? '', 'hex')
    nodes.push(...tree.add(leaf))
    return leaf
  })
  await client.query(
    'UPDATE audit_leaf l SET hash = u.hash FROM unnest($1::bigint[], $2::bytea[]) u (i, hash) WHERE leaf_index = u.i',
    [rows.map((row) => row.at(-2)), hashes],
  )
  await client.query('DELETE FROM audit_node')
  await client.query('INSERT INTO audit_node SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])', [
    nodes.map(({ level }) => level),
    nodes.map(({ index }) => index),
    nodes.map(({ hash }) => hash),
  ])
}

/** Numbers the leaves anew, so that none is missing. */
export async function renumber(client: pg.Client): Promise<void> {
  await client.query('UPDATE audit_leaf SET leaf_index = -1 - leaf_index WHERE leaf_index >= 0')
  await client.query(
    `UPDATE audit_leaf l SET leaf_index = n.place - 1
     FROM (SELECT leaf_index, row_number() OVER (ORDER BY leaf_index DESC) AS place FROM audit_leaf) n
     WHERE n.leaf_index = l.leaf_index`,
  )
}

/** Signs all checkpoints from a size on for the tree as it is, with another key under the same name, or with a stolen one. */
export async function signAnew(client: pg.Client, from = 0, key: Signer = foreign): Promise<void> {
  const { rows: leaves } = await client.query<{ hash: Buffer }>('SELECT hash FROM audit_leaf ORDER BY leaf_index')
  const { rows } = await client.query<{ epoch: number; size: number; note: string }>(
    'SELECT epoch, tree_size::int AS size, note FROM audit_checkpoint WHERE tree_size >= $1 ORDER BY tree_size',
    [from],
  )
  const tree = new GrowingTree()
  for (const { epoch, size, note } of rows) {
    for (const { hash } of leaves.slice(tree.size, size)) tree.add(Buffer.from(hash))
    const origin = readCheckpoint(note)?.origin ?? 'other/audit'
    const forged = signCheckpoint(renamed(key, origin), { size, root: tree.root() })
    await client.query('UPDATE audit_checkpoint SET note = $3 WHERE epoch = $1 AND tree_size = $2', [
      epoch,
      size,
      forged,
    ])
  }
}

const foreign = parseSigner(generateSigner('other/audit'))
