import { createHmac, randomBytes } from 'node:crypto'
import type { Secrets } from '../../../secrets.ts'

const prefix = 'whsec_'

/** A new secret that signs what one webhook gets, as Standard Webhooks write it. */
export const newSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`

/** Makes it unreadable in the database. */
export const sealSecret = (secrets: Secrets, webhookId: string, secret: string): Uint8Array<ArrayBuffer> =>
  secrets.seal(placeOf(webhookId), secret)

/** Throws if it was sealed elsewhere, or with another secret of the installation. */
export const openSecret = (secrets: Secrets, webhookId: string, sealed: Uint8Array): string =>
  secrets.open(placeOf(webhookId), sealed)

const placeOf = (webhookId: string) => `webhook.secret ${webhookId}`

/**
 * The signatures of a message, as Standard Webhooks want them: HMAC-SHA-256 over id, time and body, one for each secret.
 *
 * @param timestamp Seconds since 1970.
 */
export const signaturesOf = (
  secrets: readonly string[],
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
): string => secrets.map((secret) => `v1,${hmac(keyIn(secret), `${id}.${timestamp}.${body}`)}`).join(' ')

const keyIn = (secret: string) => Buffer.from(secret.slice(prefix.length), 'base64')

/**
 * The key of the hashes by which one recipient knows persons whose addresses it has, as base64. Another one for each webhook, so
 * that recipients can't compare what they got. It lasts when the secret is rotated.
 */
export const addressKey = (secrets: Secrets, webhookId: string): string =>
  Buffer.from(secrets.signingKey(`webhook addresses ${webhookId}`)).toString('base64')

/** HMAC-SHA-256 of an address in lower case, with the key's bytes; base64. */
export const addressHash = (key: string, address: string): string =>
  hmac(Buffer.from(key, 'base64'), address.trim().toLowerCase())

const hmac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest('base64')
