import { printVerifier, renamed, type Signer } from './keys.ts'
import { type Checkpoint, openCheckpoint, readCheckpoint } from './note.ts'

// After a restore that lost entries, the log goes on as another one: checkpoints of different epochs have different names
// (`<name>`, `<name>/epoch-2`, …), so those after don't contradict those before.

/** A checkpoint of one of our epochs, with the note that says so. */
export type KnownCheckpoint = Checkpoint & { note: string; epoch: number }

/** What checkpoints of an epoch are signed with. */
export const signerOfEpoch = (signer: Signer, epoch: number): Signer =>
  epoch === 1 ? signer : renamed(signer, `${signer.name}/epoch-${epoch}`)

/** The checkpoint in a note that our key signed, under whatever name. Undefined if it isn't one. */
export function ownCheckpoint(signer: Signer, note: string): KnownCheckpoint | undefined {
  const origin = readCheckpoint(note)?.origin
  const checkpoint = origin === undefined ? undefined : openCheckpoint(renamed(signer, origin), note)
  return checkpoint && { ...checkpoint, note, epoch: epochOf(checkpoint.origin) }
}

/** What others check this checkpoint with, as text; undefined if it isn't one that our key signed. */
export function verifierOf(signer: Signer, note: string): string | undefined {
  const origin = ownCheckpoint(signer, note)?.origin
  return origin === undefined ? undefined : printVerifier(renamed(signer, origin))
}

/** The log's name without its epoch. */
export const nameOf = (origin: string): string => origin.replace(/\/epoch-\d+$/, '')

/** The number of the epoch that has this name. */
export const epochOf = (origin: string) => Number(/\/epoch-(\d{1,9})$/.exec(origin)?.[1] ?? 1)
