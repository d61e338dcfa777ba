import type { Database } from '../database/client.ts'
import { type EntryKey, findEntryKeys } from '../modules/audit/category-keys.ts'
import { openValues, placeOf } from '../modules/audit/values.ts'
import {
  contactsAfter,
  countContacts,
  countSealed,
  entriesAfter,
  type KnownContact,
  newestSystemEntry,
  type SealedEntry,
  systemEntriesAfter,
  unknownOf,
} from './check-database.ts'
import { type ContactKey, installationId, type Keys } from './keys.ts'
import type { KeyStore } from './store.ts'

/** Something that doesn't fit. */
export type Misfit = {
  /**
   * `missing`: there is no key. `destroyed`: the contact is there, its key isn't any more. `broken`: the key can't be
   * unwrapped. `wrong`: a sealed value, as a rule the newest, doesn't open with it. `unused`: a key of nobody, which harms nobody.
   */
  kind: 'missing' | 'destroyed' | 'broken' | 'wrong' | 'unused'
  /** A sentence that names the contact by its id. */
  text: string
}

/** How much was looked at. */
export type Checked = { contacts: number; keys: number; entries: number }

const batchSize = 1000

/**
 * Compares the key store with the database, while both are in use: first all contacts and the newest sealed value of each
 * with their keys, then all keys with their contacts, then, if asked to, opens all sealed values. Reads in batches, and tells
 * what doesn't fit as it is found.
 */
export async function checkKeys(options: {
  database: Database
  store: KeyStore
  keys: Keys
  /** Opens every sealed value, not only the newest of each contact. */
  all?: boolean
  onMisfit: (misfit: Misfit) => void
  onProgress: (done: number, total: number) => void
}): Promise<Checked> {
  const { database, store, keys, all = false, onMisfit, onProgress } = options
  const total = (await countContacts(database)) + (await store.count()) + (all ? await countSealed(database) : 0)
  const checked: Checked = { contacts: 0, keys: 0, entries: 0 }
  const tell = () => onProgress(Math.min(checked.contacts + checked.keys + checked.entries, total), total)

  await checkInstallation(database, keys, all, onMisfit)
  for await (const contacts of inBatches((last?: KnownContact) =>
    contactsAfter(database, last?.contactId, batchSize),
  )) {
    const found = await findEntryKeys(
      database,
      keys,
      contacts.map(({ contactId }) => contactId),
    )
    for (const contact of contacts) checkContact(contact, found.get(contact.contactId), all, onMisfit)
    checked.contacts += contacts.length
    tell()
  }

  // A key is older than its contact's row, so what is young may be about to get one.
  type Row = { contactId: string; young: boolean }
  for await (const rows of inBatches((last?: Row) => store.listAfter(last?.contactId, batchSize))) {
    const ids = rows.map(({ contactId }) => contactId)
    for (const key of (await keys.find(ids)).values()) checkUnwraps(key, onMisfit)
    const candidates = rows.filter(({ contactId, young }) => !young && contactId !== installationId)
    const unknown = await unknownOf(
      database,
      candidates.map(({ contactId }) => contactId),
    )
    for (const contactId of unknown) onMisfit({ kind: 'unused', text: `The key of ${contactId} belongs to nobody.` })
    checked.keys += rows.length
    tell()
  }

  for (const after of all ? [entriesAfter, systemEntriesAfter] : []) {
    for await (const entries of inBatches((last?: SealedEntry) => after(database, last, batchSize))) {
      const found = await findEntryKeys(database, keys, [
        ...new Set(entries.map(({ contactId }) => contactId ?? installationId)),
      ])
      for (const entry of entries) checkEntry(entry, found.get(entry.contactId ?? installationId), onMisfit)
      checked.entries += entries.length
      tell()
    }
  }
  return checked
}

async function* inBatches<Row>(next: (last?: Row) => Promise<Row[]>) {
  for (let rows = await next(); rows.length > 0; rows = await next(rows.at(-1))) yield rows
}

function checkContact(
  { contactId, stored, entryId, values }: KnownContact,
  key: EntryKey | 'destroyed' | undefined,
  all: boolean,
  onMisfit: (misfit: Misfit) => void,
) {
  const who = stored ? `The contact ${contactId}` : `The contact ${contactId}, of whom there is only the log,`
  if (key === undefined) onMisfit({ kind: 'missing', text: `${who} has no key.` })
  else if (key === 'destroyed') {
    if (stored) onMisfit({ kind: 'destroyed', text: `${who} is stored, but its key was destroyed.` })
  } else if (entryId !== null && !all) checkEntry({ contactId, id: entryId, values }, key, onMisfit)
}

/** Whether the values of an entry open, if there is a key to open them with. What is wrong with that is told elsewhere. */
function checkEntry(
  { contactId, id, values }: { contactId: string | null; id: string; values: Uint8Array | null },
  key: EntryKey | 'destroyed' | undefined,
  onMisfit: (misfit: Misfit) => void,
) {
  if (!key || key === 'destroyed' || faultOf(key.own)) return
  const fault = faultIn(() => openValues(key, placeOf(contactId, id), values))
  const whose = contactId ?? 'the installation'
  if (fault) onMisfit({ kind: 'wrong', text: `The entry ${id} doesn't open with the key of ${whose}: ${fault}` })
}

async function checkInstallation(database: Database, keys: Keys, all: boolean, onMisfit: (misfit: Misfit) => void) {
  const key = (await findEntryKeys(database, keys, [installationId])).get(installationId)
  if (key === undefined || key === 'destroyed') {
    return onMisfit({
      kind: 'missing',
      text: 'The installation, whose key seals what is about no contact, has no key.',
    })
  }
  const entry = all ? undefined : await newestSystemEntry(database)
  if (entry) checkEntry({ contactId: null, ...entry }, key, onMisfit)
}

function checkUnwraps(key: ContactKey | 'destroyed', onMisfit: (misfit: Misfit) => void) {
  const fault = key !== 'destroyed' && faultOf(key)
  if (fault) onMisfit({ kind: 'broken', text: fault })
}

/** Why a key can't be used, if so. */
const faultOf = (key: ContactKey) => faultIn(() => key.seal('', new Uint8Array()))

function faultIn(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
