import type { ContactKey, Keys } from '../../keys/keys.ts'
import { openingKey } from '../fields/store.ts'

/** Where a sealed text stands, which it is bound to. */
export type Place = { table: 'correction_proposal'; column: string; contactId: string; id: string }

const placeOf = ({ table, column, contactId, id }: Place) => `${table}/${contactId}/${id}/${column}/1`

/** A text as it is kept: only the contact's key opens it. */
export const sealText = (key: ContactKey, place: Place, text: string): Uint8Array<ArrayBuffer> =>
  key.seal(placeOf(place), Buffer.from(text))

/** The text again. Throws if it was altered, moved, or sealed under another key. */
export const openText = (key: ContactKey, place: Place, sealed: Uint8Array): string =>
  Buffer.from(key.open(placeOf(place), sealed)).toString()

/** Finds a contact's key. Throws NOT_FOUND of one that was erased. */
export const contactKey = (keys: Keys, contactId: string): Promise<ContactKey> => openingKey(keys, contactId)
