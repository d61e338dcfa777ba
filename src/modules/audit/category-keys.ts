import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { type ContactKey, installationId, type Keys } from '../../keys/keys.ts'
import { deriveSealingKey, keyLength, type SealingKey, wipe } from '../../keys/seal.ts'
import type { Logged } from '../module.ts'

// What the log tells of a contact is sealed by category of data, each under a key of its own, which the contact's key seals. Nothing can be
// taken out of the log: where a category is erased and the contact stays, its key goes (docs at `AuditKey` in the Prisma schema).

/** What opens the values of a contact's entries. */
export type EntryKey = {
  /** The contact's, or the installation's. */
  own: ContactKey
  /** Those of categories by their ids, sealed; null: erased. */
  byCategory: ReadonlyMap<string, SealedKey | null>
}

type SealedKey = { contactId: string; id: string; key: Uint8Array }

type Row = { contactId: string; id: string; category: string; key: Uint8Array<ArrayBuffer> | null }

/** Reads the keys of categories. */
export type CategoryKeys = {
  auditKey: { findMany: (args: { where: { contactId: { in: string[] } } }) => PromiseLike<Row[]> }
}

/** Makes them, too. */
export type CategoryWriter = CategoryKeys & {
  auditKey: { createMany: (args: { data: Row[] }) => PromiseLike<{ count: number }> }
}

/**
 * What opens the entries of contacts, and of the installation (`installationId`): one statement, and those of `keys.find`. 'destroyed': who
 * was erased; absent: who never had a key. Not to be kept for longer than keys are.
 */
export async function findEntryKeys(
  database: CategoryKeys,
  keys: Pick<Keys, 'find'>,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, EntryKey | 'destroyed'>> {
  const found = await keys.find(contactIds)
  const there = [...found].flatMap(([id, key]) => (key === 'destroyed' || id === installationId ? [] : [id]))
  const byContact = await categoryKeysOf(database, there)
  return new Map(
    [...found].map(([id, own]) => [
      id,
      own === 'destroyed' ? own : { own, byCategory: byContact.get(id) ?? noCategories },
    ]),
  )
}

/** The keys of categories of these contacts, by contact. */
export async function categoryKeysOf(
  database: CategoryKeys,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, EntryKey['byCategory']>> {
  const byContact = new Map<string, Map<string, SealedKey | null>>()
  if (contactIds.length === 0) return byContact
  for (const { contactId, id, key } of await database.auditKey.findMany({
    where: { contactId: { in: [...contactIds] } },
  })) {
    const known = byContact.get(contactId) ?? new Map<string, SealedKey | null>()
    byContact.set(contactId, known.set(id, key && { contactId, id, key }))
  }
  return byContact
}

/** Of who has none. */
export const noCategories: EntryKey['byCategory'] = new Map()

/** Which category of data a field of a GraphQL type is of, in entries about contacts. Undefined: of none that can be erased by itself. */
export type CategoryOf = (entity: string, field: string) => string | undefined

/** Tells it by what modules say of themselves. */
export function categoryIn(logged: readonly Logged[]): CategoryOf {
  const types: Logged = Object.assign({}, ...logged)
  return (entity, field) => {
    const said = Object.hasOwn(types, entity) ? types[entity] : undefined
    return typeof said === 'function' ? said(field) : said
  }
}

/**
 * The keys in use that seal these categories of contacts, by contact and category; those that aren't there yet are made. If somebody else
 * makes one at this moment, PostgreSQL refuses, and `transact` tries again.
 *
 * @param isNew Whether a contact has just been made, and so has none yet.
 */
export async function categoryKeysFor(
  tx: CategoryWriter,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  keyOf: (contactId: string) => ContactKey,
  isNew: (contactId: string) => boolean,
): Promise<ReadonlyMap<string, ReadonlyMap<string, SealedKey>>> {
  const contactIds = [...wanted.keys()].toSorted()
  const found = new Map<string, Map<string, SealedKey>>(contactIds.map((id) => [id, new Map()]))
  const known = contactIds.filter((contactId) => !isNew(contactId))
  const rows = known.length > 0 ? await tx.auditKey.findMany({ where: { contactId: { in: known } } }) : []
  for (const { contactId, id, category, key } of rows)
    if (key) found.get(contactId)?.set(category, { contactId, id, key })
  const made = contactIds.flatMap((contactId) =>
    [...(wanted.get(contactId) ?? [])]
      .filter((category) => !found.get(contactId)?.has(category))
      .map((category) => newKey(keyOf(contactId), contactId, category)),
  )
  if (made.length > 0) await tx.auditKey.createMany({ data: made })
  for (const { contactId, category, ...row } of made) found.get(contactId)?.set(category, { contactId, ...row })
  return found
}

function newKey(by: ContactKey, contactId: string, category: string) {
  const [id, raw] = [uuidv7(), randomBytes(keyLength)]
  const key = by.seal(placeOf(contactId, id), raw)
  raw.fill(0)
  return { contactId, id, category, key }
}

/** Uses a category's key. Throws if the contact's doesn't open it, or serves no more. */
export function withCategoryKey<T>(by: ContactKey, { contactId, id, key }: SealedKey, use: (key: SealingKey) => T): T {
  const raw = by.open(placeOf(contactId, id), key)
  const sealing = deriveSealingKey(raw)
  raw.fill(0)
  try {
    return use(sealing)
  } finally {
    wipe(sealing)
  }
}

/** Uses the keys of categories like `withCategoryKey`, each opened once until `wipe`: for the entries that are written together. */
export function openedOnce(): { use: typeof withCategoryKey; wipe: () => void } {
  const opened = new Map<SealedKey, SealingKey>()
  return {
    use: (by, sealed, use) => {
      const known = opened.get(sealed)
      if (known) return use(known)
      const raw = by.open(placeOf(sealed.contactId, sealed.id), sealed.key)
      const key = deriveSealingKey(raw)
      raw.fill(0)
      opened.set(sealed, key)
      return use(key)
    },
    wipe: () => {
      for (const key of opened.values()) wipe(key)
      opened.clear()
    },
  }
}

const placeOf = (contactId: string, id: string) => `audit_key/${contactId}/${id}/key/1`
