import type { Json } from '../../database/json.ts'
import type { ContactKey } from '../../keys/keys.ts'

/** Per field, its old and its new value. An absent `old` was not there, an absent `new` is gone. */
export type FieldChanges = Record<string, { old?: Json; new?: Json }>

/** Where the values of an entry stand, which is bound to what is sealed: elsewhere they don't open. */
export const placeOf = (contactId: string | null, entryId: string): string =>
  contactId ? `audit_entry/${contactId}/${entryId}/values/1` : `system_audit_entry/${entryId}/values/1`

/** The values of an entry as they are stored; null if there are none. */
export function sealValues(key: ContactKey, place: string, changes: FieldChanges): Uint8Array<ArrayBuffer> | null {
  return Object.keys(changes).length > 0 ? key.seal(place, Buffer.from(JSON.stringify(changes))) : null
}

/** The values of an entry, readable again. Throws if they were altered, moved, or sealed under another key. */
export function openValues(key: ContactKey | undefined, place: string, stored: Uint8Array | null): FieldChanges {
  if (stored === null) return {}
  if (!isPlain(stored) && !key) throw new Error(`there is no key for ${place}`)
  const opened: unknown = JSON.parse(Buffer.from(isPlain(stored) || !key ? stored : key.open(place, stored)).toString())
  if (!isChanges(opened)) throw new Error(`${place} holds something else`)
  return opened
}

/** Written by a migration, or before values were sealed: sealed ones begin with another byte. */
export const isPlain = (stored: Uint8Array): boolean => stored[0] === '{'.charCodeAt(0)

const isChanges = (value: unknown): value is FieldChanges => isObject(value) && Object.values(value).every(isObject)

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
