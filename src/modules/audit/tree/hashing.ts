import { hash } from 'node:crypto'

// The Merkle tree of RFC 9162, section 2.1: a leaf hashes with 0x00 before it, a node with 0x01, so that none can pass for
// the other.

/** 32 bytes: SHA-256. */
export type Hash = Buffer<ArrayBuffer>

const leafPrefix = Buffer.from([0])
const nodePrefix = Buffer.from([1])

// Taken as a text of single bytes, because OpenSSL's bytes get an ArrayBuffer of their own, which takes twice as long as to hash.
export const sha256 = (data: string | Uint8Array): Hash => Buffer.from(hash('sha256', data, 'binary'), 'binary')

/** The hash of a leaf with this content. */
export const leafHash = (content: string | Uint8Array): Hash =>
  sha256(typeof content === 'string' ? `\0${content}` : Buffer.concat([leafPrefix, content]))

/** The hash of a node above these two. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Hash => sha256(Buffer.concat([nodePrefix, left, right]))

/** The root of a tree without leaves. */
export const emptyRoot: Hash = sha256('')

/** The largest power of two below this size, which must be more than 1: how many leaves the left half has. */
export function split(size: number): number {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}
