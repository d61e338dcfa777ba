import { epochOf, type KnownCheckpoint, nameOf } from '../checkpoint/epochs.ts'
import { type Verifier, verifierNamed } from '../checkpoint/keys.ts'
import { openCheckpoint, readCheckpoint } from '../checkpoint/note.ts'

/** A signed checkpoint that the tree has to fulfil, and where it is from. */
export type Anchor = KnownCheckpoint & {
  source: string
  /** Whether the database has it, too. */
  isStored: boolean
  /** RFC 3339; as the database says, since it isn't signed. */
  signedAt?: string
}

/** A checkpoint kept outside of the database: a copy in the data folder, or one that somebody brought along. */
export type OutsideNote = { note: string; source: string; isBrought: boolean }

/** Opens notes that one of these keys signed, under its name in whatever epoch. */
export function openWith(verifiers: readonly Verifier[]): (note: string) => KnownCheckpoint | undefined {
  // A key is made out of bytes for each name, which takes longer than to read a note.
  const named = new Map<string, readonly Verifier[]>()
  const namedFor = (origin: string) => {
    const known = named.get(origin)
    if (known) return known
    const made = verifiers
      .filter(({ name }) => nameOf(name) === nameOf(origin))
      .map((key) => verifierNamed(key, origin))
    named.set(origin, made)
    return made
  }
  return (note) => {
    const origin = readCheckpoint(note)?.origin
    if (origin === undefined) return undefined
    for (const verifier of namedFor(origin)) {
      const checkpoint = openCheckpoint(verifier, note)
      if (checkpoint) return { ...checkpoint, note, epoch: epochOf(origin) }
    }
    return undefined
  }
}

/** All checkpoints in a text, whoever signed them. What else is in there counts as nothing, such as a line cut short. */
export const notesOf = (text: string): string[] =>
  [...text.matchAll(/^[^\n]+\n\d+\n\S+\n(?:[^\n]+\n)*\n(?:— \S+ \S+\n)+/gmu)].map(([note]) => note)
