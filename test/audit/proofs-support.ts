import { createHash } from 'node:crypto'
import { parseVerifier } from '../../src/modules/audit/checkpoint/keys.ts'
import { openCheckpoint } from '../../src/modules/audit/checkpoint/note.ts'
import { rootFromInclusion } from '../../src/modules/audit/tree/proofs.ts'

export type Checkpoint = {
  size: number
  root: string
  note: string | null
  origin: string | null
  verifier: string | null
}
export type Proof = {
  entryId: string
  leaf: string | null
  leafHash: string
  inclusion: { index: number; hashes: string[]; checkpoint: Checkpoint } | null
}

export const checkpointFields = 'size root note origin signedAt verifier'
export const proofFields = `entryId leaf leafHash inclusion { index hashes checkpoint { ${checkpointFields} } }`

export const bytes = (base64: string) => Buffer.from(base64, 'base64')

/** Whether a checkpoint is signed by the key that it names, and says what it says. */
export function isSigned({ note, verifier, size, root, origin }: Checkpoint): boolean {
  const opened = note && verifier ? openCheckpoint(parseVerifier(verifier), note) : undefined
  return opened !== undefined && opened.size === size && opened.origin === origin && opened.root.equals(bytes(root))
}

/** Checks a proof as somebody would who has nothing but it: the leaf leads to the root. */
export function isProven({ leaf, leafHash, inclusion }: Proof): boolean {
  if (leaf === null || !inclusion) return false
  const hash = createHash('sha256').update(Buffer.of(0)).update(leaf).digest()
  if (!hash.equals(bytes(leafHash))) return false
  const { index, hashes, checkpoint } = inclusion
  const root = rootFromInclusion(index, checkpoint.size, hash, hashes.map(bytes))
  return root?.equals(bytes(checkpoint.root)) ?? false
}
