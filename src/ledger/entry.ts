import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'
import type { Json, JsonObject } from '../database/json.ts'
import type { Signer, Verifier } from '../modules/audit/checkpoint/keys.ts'

// An entry is one text: JSON with its keys in order and no blanks (as RFC 8785 has it, for what is in here), its signature
// within. The next one names its hash, so that none can be altered, left out or moved.

/** What happened. `begun`: the ledger, by its first entry. `rebuilt`: so was this one, in the place of another. */
export type LedgerKind = (typeof kinds)[number]

const kinds = ['begun', 'erased', 'retained_ended', 'fingerprints_lifted', 'rebuilt'] as const

/** How far a ledger is: its entry of this number has this hash (SHA-256 of its text, in hex). */
export type LedgerPosition = { sequence: number; hash: string }

/** An entry, which was read and verified, or just written. */
export type LedgerEntry = LedgerPosition & {
  /** The hash of the entry before; of the first, zeros. */
  previous: string
  /** When it was written: ISO 8601, UTC. */
  at: string
  /** Which ledger it is, and so of which installation: a UUID that its first entry was given. */
  installation: string
  kind: LedgerKind
  /** No personal data: ids, times, counts, articles. */
  body: JsonObject
  /** The id of the key that signed it, in hex. */
  key: string
}

/** The hash that the first entry names as the one before. */
export const noHash: string = '0'.repeat(64)

/** What is signed begins so, so that it can be taken for nothing else that the same key signs. */
const domain = 'lethe erasure ledger 1\n'

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const shape = z.strictObject({
  sequence: z.int().min(1),
  previous: hash,
  at: z.iso.datetime({ precision: 3 }),
  installation: z.uuid(),
  kind: z.enum(kinds),
  body: z.record(z.string(), z.json()),
  key: z.string().regex(/^[0-9a-f]{8}$/),
  // Some bits of its last letter say nothing: there is one way to write it all the same.
  signature: z
    .string()
    .regex(/^[A-Za-z0-9+/]{86}==$/)
    .refine((text) => Buffer.from(text, 'base64').toString('base64') === text),
})

/** Writes the entry after `last` (the first one, if there is none), and signs it. */
export function writeEntry(
  signer: Signer,
  last: LedgerPosition | undefined,
  { kind, body, installation, at }: Pick<LedgerEntry, 'kind' | 'body' | 'installation'> & { at: Date },
): { entry: LedgerEntry; text: string } {
  const facts = {
    sequence: (last?.sequence ?? 0) + 1,
    previous: last?.hash ?? noHash,
    at: at.toISOString(),
    ...{ installation, kind, body, key: keyId(signer.publicKey) },
  }
  const signature = sign(null, Buffer.from(domain + canonical(facts)), signer.privateKey).toString('base64')
  const text = canonical({ ...facts, signature })
  return { entry: { ...facts, hash: hashOf(text) }, text }
}

/** Why a text is no entry. */
export type EntryFault = 'unreadable' | 'anotherKey' | 'wrongSignature'

/** Reads an entry. A fault, if it is none, or none that one of these keys signed. */
export function readEntry(verifiers: readonly Verifier[], text: string): LedgerEntry | EntryFault {
  const entry = parseEntry(text)
  if (!entry) return 'unreadable'
  const { signature, hash, ...facts } = entry
  const named = verifiers.filter(({ publicKey }) => keyId(publicKey) === facts.key)
  if (named.length === 0) return 'anotherKey'
  const signed = Buffer.from(domain + canonical(facts))
  const isSigned = named.some(({ publicKey }) => verify(null, signed, publicKey, Buffer.from(signature, 'base64')))
  return isSigned ? { ...facts, hash } : 'wrongSignature'
}

/** What a text says, whoever signed it. Undefined, if it differs by one byte from how we would write that. */
function parseEntry(text: string): (LedgerEntry & { signature: string }) | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined // It is told by whoever asked.
  }
  const { data } = shape.safeParse(json)
  return data && canonical(data) === text ? { ...data, hash: hashOf(text) } : undefined
}

/** Tells keys apart, under whatever name they sign the audit log. */
export function keyId(publicKey: KeyObject): string {
  const known = ids.get(publicKey)
  if (known !== undefined) return known
  const id = createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('hex')
    .slice(0, 8)
  ids.set(publicKey, id)
  return id
}
const ids = new WeakMap<KeyObject, string>()

/** The hash that a text names as that of the entry before, whoever wrote it. */
export const previousIn = (text: string): string | undefined => /"previous":"([0-9a-f]{64})"/.exec(text)?.[1]

/** The hash of an entry's text. */
export const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}
