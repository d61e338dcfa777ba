import { createHmac, createPrivateKey, KeyObject, sign } from 'node:crypto'
import type { JWK } from 'jose'

/** Makes the signature of a token's first two parts. */
export type Signer = (input: string) => Uint8Array

/** JSON of a value, or a text as it is, in base64url. */
export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A signed token with whatever in it (RFC 7515, compact serialization). A library would make sure that it is a good one. */
export function forge(header: unknown, payload: unknown, signer: Signer): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${Buffer.from(signer(input)).toString('base64url')}`
}

/** Signs with HMAC. */
export const hmac =
  (secret: string | Uint8Array, hash = 'sha256'): Signer =>
  (input) =>
    createHmac(hash, secret).update(input).digest()

/** Signs with the algorithm of the key: RSA (PKCS #1 v1.5) or ECDSA, with SHA-256. */
export const signer = (key: JWK | KeyObject): Signer => {
  const privateKey = key instanceof KeyObject ? key : createPrivateKey({ key, format: 'jwk' })
  return (input) => sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
}

/** Signs always the same. */
export const constant =
  (signature: Uint8Array): Signer =>
  () =>
    signature
