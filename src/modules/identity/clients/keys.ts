import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A `secret` key stays on a server; a `publishable` one stands in a web page, for everybody to see. */
export type KeyKind = 'publishable' | 'secret'

// Letters and digits alone, so that a double click takes all of it.
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const lengths = { prefix: 8, random: 43, checksum: 6 } // 43 characters are 256 bits.
const beginnings = { secret: 'lethe_sk_', publishable: 'lethe_pk_' } as const
const shape = new RegExp(
  `^lethe_[sp]k_[0-9A-Za-z]{${lengths.prefix}}_[0-9A-Za-z]{${lengths.random + lengths.checksum}}$`,
)

/**
 * A new key: `lethe_sk_<prefix>_<random><checksum>`. By the checksum (CRC-32) a typo is told from an unknown key without
 * asking the database, and scanners for leaked secrets find keys without false alarms.
 */
export function newKey(kind: KeyKind): string {
  const text = `${beginnings[kind]}${random(lengths.prefix)}_${random(lengths.random)}`
  return text + checksum(text)
}

/** Whether this claims to be a key of ours, right or wrong. */
export const looksLikeKey = (text: string): boolean => /^lethe_[sp]k_/i.test(text)

/** Whether this can be a key at all: it has the shape of one, and its checksum is right. */
export const isKey = (text: string): boolean =>
  shape.test(text) && checksum(text.slice(0, -lengths.checksum)) === text.slice(-lengths.checksum)

/** What is kept of a key to tell it apart: all of a publishable one, and the beginning of a secret one. */
export const shownOf = (kind: KeyKind, key: string): string =>
  kind === 'publishable' ? key : key.slice(0, beginnings.secret.length + lengths.prefix)

const random = (length: number) => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')

function checksum(text: string): string {
  const digits: string[] = []
  for (let rest = crc32(text); digits.length < lengths.checksum; rest = Math.floor(rest / alphabet.length))
    digits.unshift(alphabet[rest % alphabet.length] ?? '')
  return digits.join('')
}
