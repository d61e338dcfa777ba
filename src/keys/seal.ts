import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a contact's key is used as. Derived from it, so that neither part tells anything about the other. */
export type SealingKey = {
  encryption: Uint8Array
  /** Stands in front of each sealed value: no value opens under two keys, which GCM alone doesn't promise. */
  commitment: Uint8Array
}

/** Length of keys, in bytes. */
export const keyLength = 32

const algorithm = 'aes-256-gcm'
const version = Buffer.of(0x01)
const nonceLength = 12
const tagLength = 16
const nonceAt = version.length + keyLength
const tagAt = nonceAt + nonceLength
const contentAt = tagAt + tagLength

// Keys go in as such (createSecretKey): Node takes four times as long over bytes, to find out that they are none. OpenSSL clears such a
// copy when it lets go of it.

/** Derives what a contact's key is used as (HKDF-SHA-256, RFC 5869). */
export function deriveSealingKey(contactKey: Uint8Array): SealingKey {
  const derived = new Uint8Array(hkdfSync('sha256', createSecretKey(contactKey), '', 'lethe seal 1', 2 * keyLength))
  return { encryption: derived.subarray(0, keyLength), commitment: derived.subarray(keyLength) }
}

/**
 * Makes a value unreadable: version (1 byte, 0x01), commitment of the key (32), nonce (12), tag (16), content. It opens
 * only at the place that it was sealed for.
 */
export function seal(key: SealingKey, place: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const sealed = new Uint8Array(contentAt + content.length)
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv(algorithm, createSecretKey(key.encryption), nonce).setAAD(Buffer.from(place))
  sealed.set(version)
  sealed.set(key.commitment, version.length)
  sealed.set(nonce, nonceAt)
  sealed.set(cipher.update(content), contentAt)
  cipher.final() // Adds nothing: in counter mode a byte comes out for each that goes in.
  sealed.set(cipher.getAuthTag(), tagAt)
  return sealed
}

/** Opens what `seal` made. Throws if it was altered, moved, or sealed with another key. */
export function open(key: SealingKey, place: string, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
  if (sealed.length < contentAt || sealed[0] !== version[0]) throw new Error('This is not a sealed value.')
  if (!timingSafeEqual(sealed.subarray(version.length, nonceAt), key.commitment)) {
    throw new Error('The value was sealed with another key, or altered.')
  }
  const decipher = createDecipheriv(algorithm, createSecretKey(key.encryption), sealed.subarray(nonceAt, tagAt), {
    authTagLength: tagLength,
  })
  decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(tagAt, contentAt))
  const content = new Uint8Array(decipher.update(sealed.subarray(contentAt)))
  try {
    decipher.final()
  } catch (cause) {
    content.fill(0)
    throw new Error('The sealed value was altered, or moved from another place.', { cause })
  }
  return content
}

/** Overwrites a key in memory. */
export function wipe(key: SealingKey): void {
  key.encryption.fill(0)
  key.commitment.fill(0)
}
