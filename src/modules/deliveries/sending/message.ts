import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Secrets } from '../../../secrets.ts'
import type { ToldChange } from '../changes/kinds.ts'
import { addressHash, addressKey, openSecret, signaturesOf } from '../webhooks/secret.ts'
import type { Posting } from './post.ts'

/** Of a webhook, what it takes to send something there. */
export type Target = { webhookId: string; url: string; secret: Uint8Array; formerSecret: Uint8Array | null }

/**
 * What a webhook is told of a change: what happened and how it stands now, under the contact's id, which means nothing outside. Of
 * the person nothing goes along but, where that was allowed, keyed hashes of addresses that the recipient may know already.
 */
export function bodyOf(change: ToldChange, addresses: readonly string[] | undefined, key: string): string {
  const { contactId, id, kind, purposeKey, ground, valid, since, until, occurredAt } = change
  return JSON.stringify({
    type: `consent.${kind}`,
    timestamp: occurredAt.toISOString(),
    data: {
      id,
      contact: encodeGlobalID('Contact', contactId),
      purpose: purposeKey,
      ground,
      valid,
      since: since?.toISOString() ?? null,
      until: until?.toISOString() ?? null,
      ...(addresses && { emailHashes: addresses.map((address) => addressHash(key, address)) }),
    },
  })
}

/** What a webhook is told of a contact that was erased: the id under which it knows the contact, and when. */
export const erasureBody = ({ id, erasedId, erasedAt }: { id: string; erasedId: string; erasedAt: Date }): string =>
  JSON.stringify({
    type: 'contact.erased',
    timestamp: erasedAt.toISOString(),
    data: { id, contact: encodeGlobalID('Contact', erasedId) },
  })

/** The body of a try without anybody in it. */
export const testBody = (at: Date): string =>
  JSON.stringify({ type: 'webhook.test', timestamp: at.toISOString(), data: {} })

/** A signed request. The id is the same at every try, so that whoever gets it twice can tell. */
export function signed(secrets: Secrets, target: Target, { id, body }: { id: string; body: string }): Posting {
  const { webhookId, url, secret, formerSecret } = target
  const timestamp = Math.floor(Date.now() / 1000)
  const keys = [secret, formerSecret].flatMap((sealed) => (sealed ? [openSecret(secrets, webhookId, sealed)] : []))
  return {
    url,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Lethe-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signaturesOf(keys, { id, timestamp, body }),
    },
  }
}

/** The key of a webhook's hashes of addresses. */
export const hashKeyOf = (secrets: Secrets, { webhookId }: Target): string => addressKey(secrets, webhookId)
