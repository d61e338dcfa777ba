import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import type { MasterKey } from './master-key.ts'
import { keyLength } from './seal.ts'

const algorithm = 'aes-256-gcm'
const version = 0x01
const nonceLength = 12
const tagLength = 16
const wrappedLength = 1 + nonceLength + tagLength + keyLength

/** Wraps a contact's key: version (1 byte, 0x01), nonce (12), tag (16), key (32). It is good for this contact alone. */
export function wrap(masterKey: MasterKey, contactId: string, contactKey: Uint8Array): Buffer {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv(algorithm, createSecretKey(masterKey.key), nonce).setAAD(place(masterKey, contactId))
  const content = Buffer.concat([cipher.update(contactKey), cipher.final()])
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), content])
}

/** Unwraps a contact's key. Throws if it was altered, belongs to another contact, or was wrapped by another master key. */
export function unwrap(masterKey: MasterKey, contactId: string, wrapped: Uint8Array): Uint8Array {
  if (wrapped.length !== wrappedLength || wrapped[0] !== version) throw new Error('This is not a wrapped key.')
  const nonce = wrapped.subarray(1, 1 + nonceLength)
  const tag = wrapped.subarray(1 + nonceLength, 1 + nonceLength + tagLength)
  const decipher = createDecipheriv(algorithm, createSecretKey(masterKey.key), nonce, { authTagLength: tagLength })
  decipher.setAAD(place(masterKey, contactId)).setAuthTag(tag)
  const contactKey = decipher.update(wrapped.subarray(1 + nonceLength + tagLength))
  try {
    decipher.final()
  } catch (cause) {
    contactKey.fill(0)
    throw new Error('The wrapped key was altered, or belongs to another contact.', { cause })
  }
  return contactKey
}

const place = (masterKey: MasterKey, contactId: string) =>
  Buffer.from(`lethe contact key ${contactId} wrapped by ${masterKey.id}`)
