import type { ContactKey, Keys } from '../../keys/keys.ts'
import { installationId } from '../../keys/keys.ts'
import { openingKey } from '../fields/store.ts'
import type { Guest, Texts } from './draft.ts'

/** What an appointment is about, as it is kept: with each of its contacts, or with itself if it is about none. */
export type Copy = {
  title: string
  place: string
  description: Uint8Array<ArrayBuffer> | null
  guests: Uint8Array<ArrayBuffer> | null
}

/** Where a copy stands, which it is bound to. `contactId` is null for that of an appointment about no contact. */
export type Holder = { contactId: string | null; id: string }

type Sealed = 'description' | 'guests'

const placeOf = ({ contactId, id }: Holder, column: Sealed) =>
  contactId ? `appointment_participant/${contactId}/${id}/${column}/1` : `appointment/${id}/${column}/1`

/** No copy: there is one with each contact. */
export const noCopy: Copy = { title: '', place: '', description: null, guests: null }

/** The key of whoever holds the copy. Throws NOT_FOUND of a contact that was erased. */
export const holdersKey = (keys: Keys, { contactId }: Pick<Holder, 'contactId'>): Promise<ContactKey> =>
  openingKey(keys, contactId ?? installationId)

/** Seals what need not be searched. */
export const sealTexts = (key: ContactKey, holder: Holder, texts: Texts): Copy => ({
  title: texts.title,
  place: texts.place,
  description: texts.description ? key.seal(placeOf(holder, 'description'), Buffer.from(texts.description)) : null,
  guests:
    texts.guests.length > 0 ? key.seal(placeOf(holder, 'guests'), Buffer.from(JSON.stringify(texts.guests))) : null,
})

/** Opens it again. Throws if it was altered, moved, or sealed under another key. */
export const openTexts = (key: ContactKey, holder: Holder, copy: Copy): Texts => ({
  title: copy.title,
  place: copy.place,
  description: openDescription(key, holder, copy.description),
  guests: openGuests(key, holder, copy.guests),
})

export const openDescription = (key: ContactKey, holder: Holder, sealed: Uint8Array | null): string =>
  sealed ? Buffer.from(key.open(placeOf(holder, 'description'), sealed)).toString() : ''

export const openGuests = (key: ContactKey, holder: Holder, sealed: Uint8Array | null): readonly Guest[] =>
  // What was sealed is what was checked before.
  sealed ? JSON.parse(Buffer.from(key.open(placeOf(holder, 'guests'), sealed)).toString()) : []
