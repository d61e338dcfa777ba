import DataLoader from 'dataloader'
import type { Context } from '../../../graphql/context.ts'
import type { StoredEntry } from '../entries.ts'
import { type LeafEntry, leafOf } from '../leaf.ts'
import { type Hash, leafHash } from '../tree/hashing.ts'
import { newestCheckpoint, type TreeHead } from './checkpoints.ts'
import { inclusionProofs } from './tree.ts'

/** That an entry is in the log. */
export type EntryProof = {
  entryId: string
  contactId: string | null
  /** The bytes that the tree holds of the entry, in UTF-8. */
  leaf: string
  leafHash: Hash
  /** Absent as long as the entry isn't in the tree, or isn't in it at the size that was asked for. */
  inclusion?: Inclusion | undefined
}

/** Where in the tree it is, and the hashes that lead from there to the root. */
export type Inclusion = { index: number; hashes: readonly Hash[]; head: TreeHead }

declare module '../../../graphql/context.ts' {
  interface Loaders {
    proofs?: DataLoader<StoredEntry, EntryProof, string>
  }
}

// What is computed for them between two statements doesn't keep others waiting.
const mostAtOnce = 50

/** The proof of an entry in the newest checkpoint. Those of a page take a few statements together. */
export function proofOf(context: Context, entry: StoredEntry): Promise<EntryProof> {
  context.loaders.proofs ??= new DataLoader(
    async (entries) => proveIn(context, entries, await newestCheckpoint(context)),
    { cacheKeyFn: ({ id }) => id, maxBatchSize: mostAtOnce },
  )
  return context.loaders.proofs.load(entry)
}

/** The proofs of entries in the tree of this size, in their order. */
export async function proveIn(
  context: Context,
  entries: readonly StoredEntry[],
  head: TreeHead | undefined,
): Promise<EntryProof[]> {
  const leaves = await leavesOf(context, entries)
  const proofs = entries.map((entry) => {
    const leaf = leafOf(leafEntryOf(entry))
    return { entryId: entry.id, contactId: entry.contactId, leaf, leafHash: leafHash(leaf) }
  })
  for (const { entryId, leafHash: hash } of proofs) {
    const known = leaves.get(entryId)
    if (!known || hash.equals(known.hash)) continue
    // Whoever checks the proof finds out, too.
    const { log, requestId } = context
    log.error({ requestId, entryId }, 'an entry of the audit log is not what it was when it was put into the tree')
  }
  if (!head) return proofs
  const indexes = [...leaves.values()].flatMap(({ index }) => (index < head.size ? [index] : []))
  const hashes = await inclusionProofs(context.database, indexes, head.size)
  const byIndex = new Map(indexes.map((index, at) => [index, hashes[at] ?? []]))
  return proofs.map((proof) => {
    const index = leaves.get(proof.entryId)?.index
    const own = index === undefined ? undefined : byIndex.get(index)
    return index === undefined || !own ? proof : { ...proof, inclusion: { index, hashes: own, head } }
  })
}

type Leaf = { index: number; hash: Uint8Array }

/** What the tree has of these entries. */
export async function leavesOf(context: Context, entries: readonly StoredEntry[]): Promise<Map<string, Leaf>> {
  const rows = await context.database.$queryRaw<{ id: string; index: bigint; hash: Uint8Array }[]>`
    SELECT l.entry_id AS id, l.leaf_index AS index, l.hash FROM audit_leaf l
    WHERE l.entry_id = ANY(${entries.map(({ id }) => id)}::uuid[])`
  return new Map(rows.map(({ id, index, hash }) => [id, { index: Number(index), hash }]))
}

const leafEntryOf = (entry: StoredEntry): LeafEntry => ({
  ...entry,
  sequence: entry.sequence === null ? null : Number(entry.sequence),
  recordedAt: entry.recordedAt.toISOString(),
  transactionId: String(entry.transactionId),
})
