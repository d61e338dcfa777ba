import type { JsonObject } from '../../database/json.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { answering, seenAmong } from '../contacts/sight.ts'
import { type NewEntry, writeEntries } from './write.ts'

/** Something sensitive that is about to be given to somebody. */
export type SensitiveRead = {
  /** The contact that it is about, if it is about one. */
  contactId?: string | undefined
  /** The GraphQL type that it is of. Who may read `field` there may know of the entry. */
  entity: string
  entityId: string
  /** What is given: `history`. */
  field: string
  /** What of it was asked for. No secrets, and no text of the caller's that could be anything (see `wordsOnly`). */
  what?: JsonObject | undefined
}

/**
 * Writes into the audit log that somebody gets to see what is sensitive: an export, a disclosure, a history, a report, what is
 * sealed. It comes before: when it settles, the entries are committed; when it throws, nothing may be given. Of fields in
 * GraphQL, `readLog` does it by itself.
 *
 * @param operation As for `transact`.
 * @param options.integrated Settles only when the entries are in the tree of the log, as for exports.
 */
export async function logReads(
  context: WorkContext,
  operation: string,
  reads: readonly SensitiveRead[],
  { integrated = false }: { integrated?: boolean } = {},
): Promise<void> {
  const entries = await entriesOf(context, operation, reads)
  const written = await transact(context, operation, (tx) => writeEntries(tx, context, entries))
  if (!integrated) return
  await context.integration?.integrated(written)
}

async function entriesOf(context: WorkContext, operation: string, reads: readonly SensitiveRead[]) {
  const about = [...new Set(reads.flatMap(({ contactId }) => contactId ?? []))]
  const seen = await seenAmong(context.database, answering(context), about)
  const keys = seen.size > 0 ? await context.keys.find([...seen]) : undefined
  return reads
    .map(({ contactId, entity, entityId, field, what }): NewEntry => {
      const key = contactId && keys?.get(contactId)
      const changes = { [field]: what ? { new: what } : {} }
      const entry = { action: 'read', operation, entity, entityId, changes } as const
      if (!contactId || (key && key !== 'destroyed')) return { ...entry, contactId }
      // It was erased, or never was, or the caller doesn't see it, which must not take another time: the entry is about
      // none, and only names it.
      return { ...entry, changes: { ...changes, contact: { new: contactId } } }
    })
    .sort(byContact)
}

// Whoever writes about several contacts waits for others in this order, and so never in a circle.
function byContact({ contactId: one = '' }: NewEntry, { contactId: other = '' }: NewEntry) {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** Text of a caller's, as far as it is a name or an id; for anything else, which may be personal data, null. */
export const wordsOnly = (text: string): string | null => (/^[\w:.=-]{1,100}$/.test(text) ? text : null)
