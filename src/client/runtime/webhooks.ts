import type { ChangeKind } from '../codes.ts'
import { webCrypto } from './web-crypto.ts'

/** A webhook that can't be trusted: answer 400 or 401, and do nothing. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError'
}

/** What the server tells: what became of the consent, or another legal ground, of a contact for a purpose; or a test. */
export type WebhookEvent =
  | {
      /** Data that you received was corrected: correct it, too (Art. 19 GDPR). `timestamp`: when. */
      type: 'contact.rectified'
      timestamp: string
      data: {
        id: string
        contact: string
        /** Of which order, appointment or document: its id. Null: of the contact itself. */
        record: string | null
        /** What was corrected: fields of `Contact` in the API, `customFields.<key>` for custom ones, `Order.number` and the like of records. */
        fields: string[]
        /** How those of them are now that your scopes let you read; of lists, such as `emails`, all entries. Of custom fields and records nothing: ask. */
        values: Readonly<Record<string, unknown>>
      }
    }
  | {
      /** Processing of the contact's data is restricted: keep them, and do nothing else with them (Art. 18, 19 GDPR); or no longer. */
      type: 'contact.restricted' | 'contact.unrestricted'
      /** From when on. */
      timestamp: string
      data: { id: string; contact: string }
    }
  | {
      type: `consent.${ChangeKind}`
      /** When it happened, in ISO 8601. */
      timestamp: string
      data: {
        id: string
        /** The id of the contact, as everywhere in the API. */
        contact: string
        purpose: string
        /** The ground of Art. 6(1) GDPR: `consent`, say. */
        ground: string | null
        /** Whether the contact may be processed for the purpose, from `since` to `until`; null: without end. */
        valid: boolean
        since: string | null
        until: string | null
        /** By which a recipient that knows people by e-mail only finds whom it is about: HMAC-SHA-256 in base64. */
        emailHashes?: string[]
      }
    }
  | {
      /** The contact was erased: erase what you have of them, unless a law obliges you to keep it (Art. 19 GDPR). */
      type: 'contact.erased'
      timestamp: string
      data: { id: string; contact: string }
    }
  | { type: 'webhook.test'; timestamp: string; data: Readonly<Record<string, never>> }

/** What came with a request. */
export type ReceivedWebhook = {
  /** The body as it came, to the byte: what JSON.parse and JSON.stringify make of it is something else. */
  body: string
  /** Those of the request: a `Headers`, or an object with names in lower case, as Node.js has it. */
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** `whsec_…`; several while one follows another. */
  secret: string | readonly string[]
  /** How far the clocks may be apart, and how late it may come, in seconds; by default 5 minutes. */
  tolerance?: number
}

/**
 * Checks that a webhook is from the server, unaltered and recent (Standard Webhooks), and gives what it tells. Throws a
 * WebhookError. Each can come more than once: remember `id`, and do nothing for one that you know.
 */
export async function verifyWebhook(received: ReceivedWebhook): Promise<{ id: string; event: WebhookEvent }> {
  const { body, headers, secret, tolerance = 300 } = received
  const header = (name: string) => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name]
    if (typeof value !== 'string' || value === '') throw new WebhookError(`The header ${name} is missing.`)
    return value
  }
  const id = header('webhook-id')
  const timestamp = header('webhook-timestamp')
  const signatures = header('webhook-signature').split(' ')
  const isRecent = /^\d{1,12}$/.test(timestamp) && Math.abs(Date.now() / 1000 - Number(timestamp)) <= tolerance
  if (!isRecent) throw new WebhookError('It is too old, or the clocks differ.')
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  const secrets = typeof secret === 'string' ? [secret] : secret
  for (const each of secrets) {
    if (await isSigned(signed, signatures, each)) return { id, event: JSON.parse(body) as WebhookEvent }
  }
  throw new WebhookError('No signature fits.')
}

async function isSigned(signed: Uint8Array<ArrayBuffer>, signatures: readonly string[], secret: string) {
  const { subtle } = await webCrypto()
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await subtle.importKey('raw', bytesOf(secret.replace(/^whsec_/, '')), hmac, false, ['verify'])
  for (const signature of signatures) {
    const [version, value = ''] = signature.split(',')
    // In constant time, by the platform.
    if (version === 'v1' && isBase64(value) && (await subtle.verify('HMAC', key, bytesOf(value), signed))) return true
  }
  return false
}

/** Whether it is base64, in the one way that there is to write it. */
const isBase64 = (text: string) =>
  /^[A-Za-z\d+/]+={0,2}$/.test(text) && text.length % 4 === 0 && btoa(atob(text)) === text

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
