import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { sha256 } from '../tree/hashing.ts'

// Keys as Go's note package writes them (C2SP signed-note), so that other people's tools read them: Ed25519 is algorithm 1.

/** Signs notes under a name. */
export type Signer = Verifier & { privateKey: KeyObject }

/** Checks signatures under a name. `id`: 4 bytes that tell keys apart, made of name and key. */
export type Verifier = { name: string; id: Buffer; publicKey: KeyObject }

const ed25519 = 1
const rawLength = 32
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex')
const spkiHeader = Buffer.from('302a300506032b6570032100', 'hex')

/** A new key for signing, as text: `PRIVATE+KEY+<name>+<id>+<base64>`. */
export function generateSigner(name: string): string {
  const seed = randomBytes(rawLength)
  const { id } = signerOf(name, seed)
  return ['PRIVATE', 'KEY', name, id.toString('hex'), tagged(seed)].join('+')
}

/** Reads such a text. Throws if it isn't one, without telling what it is. */
export function parseSigner(text: string): Signer {
  const [, name, id, encoded] = /^PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? []
  const signer = name && signerOf(name, untagged(encoded ?? ''))
  if (!signer || signer.id.toString('hex') !== id) throw new Error('not a key of the form PRIVATE+KEY+name+id+base64')
  return signer
}

/** The same key under another name. */
export function renamed({ privateKey }: Signer, name: string): Signer {
  const der = privateKey.export({ format: 'der', type: 'pkcs8' })
  return signerOf(name, der.subarray(pkcs8Header.length))
}

/** The same key, to check signatures under another name. */
export const verifierNamed = ({ publicKey }: Verifier, name: string): Verifier => verifierOf(name, rawOf(publicKey))

/** What others need to check its signatures: `<name>+<id>+<base64>`. */
export function printVerifier({ name, id, publicKey }: Verifier): string {
  return [name, id.toString('hex'), tagged(rawOf(publicKey))].join('+')
}

/** Reads such a text. Throws if it isn't one. */
export function parseVerifier(text: string): Verifier {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? []
  const verifier = name && verifierOf(name, untagged(encoded ?? ''))
  if (!verifier || verifier.id.toString('hex') !== id) throw new Error('not a key of the form name+id+base64')
  return verifier
}

function signerOf(name: string, seed: Uint8Array): Signer {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Header, seed]), format: 'der', type: 'pkcs8' })
  return { ...verifierOf(name, rawOf(createPublicKey(privateKey))), privateKey }
}

function verifierOf(name: string, raw: Uint8Array): Verifier {
  const publicKey = createPublicKey({ key: Buffer.concat([spkiHeader, raw]), format: 'der', type: 'spki' })
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ed25519]), raw])).subarray(0, 4)
  return { name, id, publicKey }
}

const rawOf = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).subarray(spkiHeader.length)

const tagged = (raw: Uint8Array) => Buffer.concat([Buffer.from([ed25519]), raw]).toString('base64')

function untagged(encoded: string): Buffer {
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.length !== rawLength + 1 || bytes[0] !== ed25519) throw new Error('not an Ed25519 key')
  return bytes.subarray(1)
}
