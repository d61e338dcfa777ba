import DataLoader from 'dataloader'
import type { Context } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { type ContactKey, installationId } from '../../keys/keys.ts'
import { loggable } from '../../log-error.ts'
import type { StoredEntry } from './entries.ts'
import { type FieldChanges, openValues, placeOf } from './values.ts'

type EntryKey = ContactKey | 'destroyed' | undefined

declare module '../../graphql/context.ts' {
  interface Loaders {
    entryKeys?: DataLoader<string, EntryKey>
  }
}

/** The key that an entry's values are sealed under. 'destroyed': the contact was erased; absent: there never was one. */
export function keyOf(
  context: Pick<Context, 'keys' | 'loaders'>,
  { contactId }: Pick<StoredEntry, 'contactId'>,
): Promise<EntryKey> {
  // A key must not be kept for longer than a minute; a request isn't.
  context.loaders.entryKeys ??= new DataLoader(async (ids) => {
    const found = await context.keys.find(ids)
    return ids.map((id) => found.get(id))
  })
  return context.loaders.entryKeys.load(contactId ?? installationId)
}

/**
 * The values of an entry; none if its contact was erased in the meantime. Throws UNREADABLE, and tells the log of the server,
 * if they were altered or their key is missing.
 */
export async function openEntry(
  context: Context,
  key: Exclude<EntryKey, 'destroyed'>,
  { id, contactId, values }: Pick<StoredEntry, 'id' | 'contactId' | 'values'>,
): Promise<FieldChanges> {
  try {
    return openValues(key, placeOf(contactId, id), values)
  } catch (cause) {
    if (cause instanceof LetheError) throw cause // The key store is away.
    const owner = contactId ?? installationId
    if ((await context.keys.find([owner])).get(owner) === 'destroyed') return {}
    const { log, requestId } = context
    log.error({ requestId, entryId: id, error: loggable(cause) }, 'an entry of the audit log does not open')
    throw new LetheError(
      'UNREADABLE',
      'What this entry holds does not open: it was altered in the database, or its key is missing. Tell an administrator: ' +
        '"lethe audit verify" and "lethe keys check" say more.',
    )
  }
}
