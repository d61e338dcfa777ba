import { sign, verify } from 'node:crypto'
import type { Hash } from '../tree/hashing.ts'
import type { Signer, Verifier } from './keys.ts'

// Notes as C2SP signed-note and Go's note package have them, and checkpoints in them (C2SP tlog-checkpoint).

/** What a checkpoint says: that the log of this name had so many leaves, and which root. */
export type Checkpoint = { origin: string; size: number; root: Hash }

/** As many signatures as a note may have; Go's package draws the same line. */
const mostSignatures = 100

/** A text, which ends with a new line, and the signature below it. */
export function signNote(signer: Signer, text: string): string {
  const signature = sign(null, Buffer.from(text), signer.privateKey)
  return `${text}\n— ${signer.name} ${Buffer.concat([signer.id, signature]).toString('base64')}\n`
}

/** The text of a note that this key signed, among others perhaps. Undefined if it didn't, or one signature of it is wrong. */
export function openNote(verifier: Verifier, note: string): string | undefined {
  const { text, signatures } = partsOf(note) ?? {}
  const own = signatures?.filter(({ name, id }) => name === verifier.name && id.equals(verifier.id)) ?? []
  if (text === undefined || own.length === 0) return undefined
  const signed = Buffer.from(text)
  return own.every(({ signature }) => verify(null, signed, verifier.publicKey, signature)) ? text : undefined
}

/** Whether a note has a signature by this key, be it right or wrong. */
export const claimsSigner = ({ name, id }: Verifier, note: string): boolean =>
  partsOf(note)?.signatures.some((signature) => signature.name === name && signature.id.equals(id)) ?? false

/** A checkpoint as a note that is signed under the log's name. */
export function signCheckpoint(signer: Signer, { size, root }: Omit<Checkpoint, 'origin'>): string {
  return signNote(signer, `${signer.name}\n${size}\n${root.toString('base64')}\n`)
}

/** What a note says, whoever signed it. Undefined if it isn't a checkpoint. Further lines of the text and signatures of others may be there. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  const text = partsOf(note)?.text
  return text === undefined ? undefined : checkpointIn(text)
}

/** What a note says, if this key signed it under its name and the checkpoint is of that name. Else undefined. */
export function openCheckpoint(verifier: Verifier, note: string): Checkpoint | undefined {
  const text = openNote(verifier, note)
  const checkpoint = text === undefined ? undefined : checkpointIn(text)
  return checkpoint?.origin === verifier.name ? checkpoint : undefined
}

function checkpointIn(text: string): Checkpoint | undefined {
  const [origin, size, root, ...more] = text.slice(0, -1).split('\n')
  if (!origin || !size || !root || more.includes('')) return undefined
  const bytes = Buffer.from(root, 'base64')
  const isExact = /^(0|[1-9]\d{0,15})$/.test(size) && Number.isSafeInteger(Number(size)) && bytes.length === 32
  return isExact && bytes.toString('base64') === root ? { origin, size: Number(size), root: bytes } : undefined
}

function partsOf(note: string) {
  const end = note.lastIndexOf('\n\n') + 1
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that a note must not have
  if (end === 0 || !note.endsWith('\n') || /[\0-\x09\x0b-\x1f]/.test(note)) return undefined
  const lines = note.slice(end + 1, -1).split('\n')
  const signatures = lines.length > mostSignatures ? [] : lines.flatMap((line) => signatureIn(line) ?? [])
  return signatures.length === lines.length ? { text: note.slice(0, end), signatures } : undefined
}

function signatureIn(line: string) {
  const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  if (!name || bytes.length < 5 || bytes.toString('base64') !== encoded) return undefined
  return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) }
}
