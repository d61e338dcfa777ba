import { createHash, randomBytes } from 'node:crypto'
import { StartError } from '../start-error.ts'
import { keyLength } from './seal.ts'

/** A key that wraps the keys of contacts. */
export type MasterKey = {
  /** A fingerprint, that it can be called by: 16 hexadecimal digits. */
  id: string
  key: Uint8Array
}

/** The first is meant to wrap new keys; the others only unwrap, until a rotation has come to its end. */
export type MasterKeys = readonly [MasterKey, ...MasterKey[]]

/** Where the master keys come from. Read anew whenever one is met that isn't known. */
export type MasterKeySource = {
  /** For messages: `the file /data/master.key`. */
  place: string
  /** Throws a StartError when they can't be had. Undefined: there are none yet, and `file` can make one. */
  read: () => Promise<MasterKeys | undefined>
  /** Only where we may write. */
  file?: MasterKeyFile
}

/** A file of master keys that is ours to write. */
export type MasterKeyFile = {
  /** Makes it with one random key, unless it is there. */
  create: () => Promise<void>
  /** Puts other keys in, as a whole. */
  replace: (keys: MasterKeys) => Promise<void>
}

/** Reads keys of 32 bytes in base64, base64url or hexadecimal, with white space in between. Throws a StartError that repeats none. */
export function parseMasterKeys(text: string, place: string): MasterKeys {
  const words = text.split(/\s+/).filter(Boolean)
  const [first, ...others] = words.map((word, index) => {
    const key = decode(word)
    if (key) return masterKey(key)
    const which = words.length === 1 ? 'What' : `Number ${index + 1} of what`
    throw new StartError(
      `${which} is in ${place} is no master key: it must be 32 random bytes in base64 or hexadecimal. ` +
        'Make one with: openssl rand -base64 32',
    )
  })
  if (!first) throw new StartError(`There is no master key in ${place}. Make one with: openssl rand -base64 32`)
  return [first, ...others]
}

/** As a file has them, a line each. */
export const printMasterKeys = (keys: MasterKeys): string =>
  keys.map(({ key }) => `${Buffer.from(key).toString('base64')}\n`).join('')

/** A master key with its id. */
export const masterKey = (key: Uint8Array): MasterKey => ({
  id: createHash('sha256').update('lethe master key').update(key).digest('hex').slice(0, 16),
  key,
})

/** A new one. */
export const randomMasterKey = (): MasterKey => masterKey(randomBytes(keyLength))

function decode(word: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(word)) return Buffer.from(word, 'hex')
  if (!/^[\w+/-]{43}=?$/.test(word)) return undefined
  const key = Buffer.from(word, 'base64') // Both alphabets.
  return key.length === keyLength ? key : undefined
}
