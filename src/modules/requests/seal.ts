import type { SubjectMessage, SubjectRequest } from '#prisma/client.ts'
import type { ContactKey } from '../../keys/keys.ts'

// What persons and staff write is sealed under the contact's key, bound to its place.

type Place = { contactId: string; id: string }
type Sealed = 'statement' | 'extension_reason' | 'decision_reason'

const placeOf = (table: 'subject_request' | 'subject_message', column: string, { contactId, id }: Place) =>
  `${table}/${contactId}/${id}/${column}/1`

const seal = (key: ContactKey, place: string, text: string): Uint8Array<ArrayBuffer> =>
  key.seal(place, Buffer.from(text))

const open = (key: ContactKey, place: string, sealed: Uint8Array): string =>
  Buffer.from(key.open(place, sealed)).toString()

/** A text of a request as it is kept; none for an empty one. */
export const sealText = (
  key: ContactKey,
  place: Place,
  column: Sealed,
  text: string,
): Uint8Array<ArrayBuffer> | null => (text ? seal(key, placeOf('subject_request', column, place), text) : null)

/** What the contact wrote when they asked; null if nothing. Throws if it was altered or moved. */
export const statementOf = (key: ContactKey, request: SubjectRequest): string | null =>
  request.statement && open(key, placeOf('subject_request', 'statement', request), request.statement)

/** Why it takes longer. */
export const extensionReasonOf = (key: ContactKey, request: SubjectRequest): string | null =>
  request.extensionReason && open(key, placeOf('subject_request', 'extension_reason', request), request.extensionReason)

/** Why it was decided so. */
export const decisionReasonOf = (key: ContactKey, request: SubjectRequest): string | null =>
  request.decisionReason && open(key, placeOf('subject_request', 'decision_reason', request), request.decisionReason)

/** A message as it is kept. */
export const sealMessage = (key: ContactKey, place: Place, text: string): Uint8Array<ArrayBuffer> =>
  seal(key, placeOf('subject_message', 'text', place), text)

/** What a message says. */
export const messageText = (key: ContactKey, message: SubjectMessage): string =>
  open(key, placeOf('subject_message', 'text', message), message.text)
