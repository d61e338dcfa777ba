import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { type Config, dataPath } from './config.ts'
import { createFile, readIfThere } from './files.ts'
import { StartError } from './start-error.ts'

const shortest = 32

/**
 * The secret that the keys of this installation derive from: LETHE_SECRET, or one made at the first start and kept in the
 * data folder, for the owner's eyes only. Of several processes that start at once, one makes it and all use it.
 */
export async function installationSecret(config: Pick<Config, 'data' | 'secret'>): Promise<Uint8Array> {
  if (config.secret) return Buffer.from(config.secret)
  const path = dataPath(config, 'secret')
  const known = await readIfThere(path)
  if (known === undefined) await createFile(path, randomBytes(32).toString('base64url'), 0o600)
  const secret = known ?? (await readIfThere(path)) ?? ''
  if (secret.length < shortest) {
    throw new StartError(`The file ${path} is damaged. Restore it, or remove it: then everybody has to sign in again.`)
  }
  return Buffer.from(secret)
}

/** What the installation secret is good for. Keys of different purposes tell nothing of each other. */
export type Secrets = {
  /** Signs what we issue and later believe, such as access tokens (HMAC-SHA-256, 32 bytes). */
  signingKey: (purpose: string) => Uint8Array
  /** A keyed hash, to find something again without storing it (HMAC-SHA-256, hex). */
  fingerprint: (purpose: string, text: string) => string
  /** Makes a text unreadable in the database. It opens only at the place that it was sealed for: table, row and column. */
  seal: (place: string, text: string) => Uint8Array<ArrayBuffer>
  /** Throws if it was altered, moved, or sealed with another secret. */
  open: (place: string, sealed: Uint8Array) => string
}

const algorithm = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

/** The keys of an installation. */
export function createSecrets(secret: Uint8Array): Secrets {
  const keys = new Map<string, Uint8Array>()
  const key = (purpose: string) => {
    const derived = keys.get(purpose) ?? deriveKey(secret, purpose)
    keys.set(purpose, derived)
    return derived
  }
  // As Node takes them at once: to find out that bytes are no key takes it five times as long as to hash or seal.
  const ready = new Map<string, KeyObject>()
  const keyObject = (purpose: string) => {
    const made = ready.get(purpose) ?? createSecretKey(key(purpose))
    ready.set(purpose, made)
    return made
  }
  return {
    signingKey: (purpose) => key(`sign ${purpose}`),
    fingerprint: (purpose, text) =>
      createHmac('sha256', keyObject(`fingerprint ${purpose}`))
        .update(text)
        .digest('hex'),
    seal: (place, text) => {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv(algorithm, keyObject('seal'), nonce).setAAD(Buffer.from(place))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), sealed]))
    },
    open: (place, sealed) => {
      const nonce = sealed.subarray(0, nonceLength)
      const tag = sealed.subarray(nonceLength, nonceLength + tagLength)
      const decipher = createDecipheriv(algorithm, keyObject('seal'), nonce, { authTagLength: tagLength })
      decipher.setAAD(Buffer.from(place)).setAuthTag(tag)
      return decipher.update(sealed.subarray(nonceLength + tagLength), undefined, 'utf8') + decipher.final('utf8')
    },
  }
}

/** A key of 32 bytes for one purpose (HKDF-SHA-256, RFC 5869). */
const deriveKey = (secret: Uint8Array, purpose: string) =>
  new Uint8Array(hkdfSync('sha256', secret, '', `lethe ${purpose}`, 32))
