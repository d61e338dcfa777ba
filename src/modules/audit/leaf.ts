import { type Hash, leafHash, sha256 } from './tree/hashing.ts'

/** An entry as the tree takes it, from either table. */
export type LeafEntry = {
  id: string
  contactId: string | null
  /** The how manieth entry about its contact; null for those about none. */
  sequence: number | null
  /** RFC 3339, in UTC, with milliseconds. */
  recordedAt: string
  transactionId: string
  requestId: string
  actorKind: string
  actorId: string | null
  action: string
  operation: string
  entity: string
  entityId: string
  /** Null only if somebody went past the product. */
  fields: readonly string[] | null
  /** As they are stored: sealed. */
  values: Uint8Array | null
}

/**
 * What the tree holds of an entry: canonical JSON (RFC 8785), so that anybody can make the same bytes. It tells when and
 * by whom something happened, never what; `what` is the hash of that, over the sealed values. So it stays checkable when the
 * key of the contact is gone.
 */
export function leafOf(entry: LeafEntry): string {
  // Keys in the order that RFC 8785 wants; JSON.stringify keeps it, and writes strings and whole numbers as it says.
  return JSON.stringify({
    action: entry.action,
    actorId: entry.actorId,
    actorKind: entry.actorKind,
    contactId: entry.contactId,
    id: entry.id,
    operation: entry.operation,
    recordedAt: entry.recordedAt,
    requestId: entry.requestId,
    sequence: entry.sequence,
    transactionId: entry.transactionId,
    version: 1,
    what: whatOf(entry),
  })
}

/** The hash of an entry's leaf. */
export const leafHashOf = (entry: LeafEntry): Hash => leafHash(leafOf(entry))

/** The hash of what happened. Nobody can find it out by trying: sealed values are as good as random. */
function whatOf({ entity, entityId, fields, values }: LeafEntry): string {
  const sealed = values && sha256(values).toString('hex')
  return sha256(JSON.stringify({ entity, entityId, fields, values: sealed })).toString('hex')
}
