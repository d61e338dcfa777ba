import DataLoader from 'dataloader'
import type { Context } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { type ContactKey, installationId } from '../../keys/keys.ts'
import { loggable } from '../../log-error.ts'
import { categoryKeysOf, noCategories, type EntryKey as Opener } from './category-keys.ts'
import type { StoredEntry } from './entries.ts'
import { type FieldChanges, isJoined, openValues, placeOf } from './values.ts'

type EntryKey = ContactKey | 'destroyed' | undefined

declare module '../../graphql/context.ts' {
  interface Loaders {
    entryKeys?: DataLoader<string, EntryKey>
    categoryKeys?: DataLoader<string, Opener['byCategory']>
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
 * The values of an entry, without those of categories that were erased; none if its contact was in the meantime. Throws UNREADABLE, and
 * tells the log of the server, if they were altered or their key is missing.
 */
export async function openEntry(
  context: Context,
  own: Exclude<EntryKey, 'destroyed'>,
  { id, contactId, values }: Pick<StoredEntry, 'id' | 'contactId' | 'values'>,
): Promise<FieldChanges> {
  const place = placeOf(contactId, id)
  const isByCategory = values !== null && contactId !== null && isJoined(values)
  const keysOf = async () => (isByCategory ? categoryKeys(context).load(contactId) : noCategories)
  const open = (byCategory: typeof noCategories) => openValues(own && { own, byCategory }, place, values)
  const known = await keysOf()
  try {
    return open(known)
  } catch (error) {
    if (!isByCategory) return unopened(context, { id, contactId }, error)
  }
  // Something of it was erased since its keys were read, or it is newer than they are.
  categoryKeys(context).clear(contactId)
  const now = await keysOf()
  try {
    return open(now)
  } catch (error) {
    return unopened(context, { id, contactId }, error)
  }
}

/** What of an entry that does not open: nothing, if its contact was erased in the meantime; or else it throws. */
async function unopened(
  context: Context,
  { id, contactId }: Pick<StoredEntry, 'id' | 'contactId'>,
  cause: unknown,
): Promise<FieldChanges> {
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

/** Asked for by those entries alone that have parts under such keys. */
function categoryKeys({ database, loaders }: Context) {
  loaders.categoryKeys ??= new DataLoader(async (ids) => {
    const found = await categoryKeysOf(database, ids)
    return ids.map((id) => found.get(id) ?? noCategories)
  })
  return loaders.categoryKeys
}
