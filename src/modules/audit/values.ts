import type { Json } from '../../database/json.ts'
import type { ContactKey } from '../../keys/keys.ts'
import { open, seal } from '../../keys/seal.ts'
import { type EntryKey, withCategoryKey } from './category-keys.ts'

/** Per field, its old and its new value. An absent `old` was not there, an absent `new` is gone. */
export type FieldChanges = Record<string, { old?: Json; new?: Json }>

/** Where the values of an entry stand, which is bound to what is sealed: elsewhere they don't open. */
export const placeOf = (contactId: string | null, entryId: string): string =>
  contactId ? `audit_entry/${contactId}/${entryId}/values/1` : `system_audit_entry/${entryId}/values/1`

/** By which keys which fields are sealed; the others are by the contact's. */
type SealedParts = {
  categoryOf?: (field: string) => string | undefined
  keys?: ReadonlyMap<string, CategoryKey> | undefined
  /** How they are used; each is opened every time, unless said otherwise. */
  use?: typeof withCategoryKey
}

type CategoryKey = NonNullable<ReturnType<EntryKey['byCategory']['get']>>

/**
 * The values of an entry as they are stored; null if there are none: sealed under the contact's key. Where there are keys of categories, in
 * parts: version (1 byte, 0x02), then each with the id of its key (16, zeros for the contact's own), its length (4) and what is sealed.
 */
export function sealValues(
  key: ContactKey,
  place: string,
  changes: FieldChanges,
  { categoryOf, keys, use = withCategoryKey }: SealedParts = {},
): Uint8Array<ArrayBuffer> | null {
  const groups = Map.groupBy(Object.entries(changes), ([field]) => keys?.get(categoryOf?.(field) ?? ''))
  const parts = [...groups].map(([categoryKey, fields]) => {
    const content = Buffer.from(JSON.stringify(Object.fromEntries(fields)))
    const sealed = categoryKey
      ? use(key, categoryKey, (sealing) => seal(sealing, place, content))
      : key.seal(place, content)
    return { id: categoryKey?.id, sealed }
  })
  const [first] = parts
  if (!first) return null
  return parts.length === 1 && first.id === undefined ? first.sealed : joined(parts)
}

/**
 * The values of an entry, readable again; without those that were erased since. Throws if they were altered, moved, or sealed under another
 * key.
 */
export function openValues(key: EntryKey | undefined, place: string, stored: Uint8Array | null): FieldChanges {
  if (stored === null) return {}
  if (isPlain(stored)) return changesIn(stored, place)
  if (!key) throw new Error(`there is no key for ${place}`)
  const { own, byCategory } = key
  if (!isJoined(stored)) return changesIn(own.open(place, stored), place)
  const opened = partsOf(stored, place).map(({ id, sealed }) => {
    if (id === undefined) return changesIn(own.open(place, sealed), place)
    const categoryKey = byCategory.get(id)
    if (categoryKey === undefined) throw new Error(`there is no key ${id} for ${place}`)
    return categoryKey === null
      ? {}
      : changesIn(
          withCategoryKey(own, categoryKey, (sealing) => open(sealing, place, sealed)),
          place,
        )
  })
  return Object.assign({}, ...opened)
}

/** Written by a migration, or before values were sealed: sealed ones begin with another byte. */
export const isPlain = (stored: Uint8Array): boolean => stored[0] === '{'.charCodeAt(0)

const version = 0x02
/** In parts, of which some are sealed under keys of categories. */
export const isJoined = (stored: Uint8Array): boolean => stored[0] === version

const [idLength, lengthLength] = [16, 4]
const noId = '0'.repeat(2 * idLength)

function joined(parts: readonly { id: string | undefined; sealed: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const bytes = parts.flatMap(({ id, sealed }) => {
    const head = Buffer.alloc(idLength + lengthLength)
    head.write(id?.replaceAll('-', '') ?? noId, 'hex')
    head.writeUInt32BE(sealed.length, idLength)
    return [head, sealed]
  })
  return Buffer.concat([Buffer.of(version), ...bytes])
}

function partsOf(stored: Uint8Array, place: string): { id: string | undefined; sealed: Uint8Array }[] {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length)
  const parts: { id: string | undefined; sealed: Uint8Array }[] = []
  for (let at = 1; at < bytes.length; ) {
    const from = at + idLength + lengthLength
    const end = from <= bytes.length ? from + bytes.readUInt32BE(at + idLength) : Number.POSITIVE_INFINITY
    if (end > bytes.length) throw new Error(`${place} was cut off, or altered`)
    const hex = bytes.toString('hex', at, at + idLength)
    parts.push({ id: hex === noId ? undefined : asUuid(hex), sealed: bytes.subarray(from, end) })
    at = end
  }
  return parts
}

const asUuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

function changesIn(content: Uint8Array, place: string): FieldChanges {
  const opened: unknown = JSON.parse(Buffer.from(content).toString())
  if (!isChanges(opened)) throw new Error(`${place} holds something else`)
  return opened
}

const isChanges = (value: unknown): value is FieldChanges => isObject(value) && Object.values(value).every(isObject)

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
