import type { Json } from '../../database/json.ts'
import type { ContactKey } from '../../keys/keys.ts'

/** An amount, to the digit, of a currency (ISO 4217). */
export type Money = { amount: string; currency: string }

/** A file that is kept as evidence; its content lies apart. */
export type FileValue = { id: string; name: string; mediaType: string; size: number; sha256: string }

/** A value as it is kept: text, decimals and moments as text, choices as a list. */
export type FieldValue = string | number | boolean | string[] | Money | FileValue

/** What is kept of a sensitive value: base64 of what only the contact's key opens. */
export type Sealed = { sealed: string }

export type StoredValue = FieldValue | Sealed

/** The values of a contact, by the key of the field. */
export type StoredFields = Readonly<Record<string, StoredValue>>

/** What the column holds. */
export const storedFields = (column: unknown): StoredFields =>
  typeof column === 'object' && column !== null ? (column as StoredFields) : {} // written by us alone

export const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' && value !== null && 'sealed' in value && typeof value.sealed === 'string'

export const isFile = (value: unknown): value is FileValue =>
  typeof value === 'object' && value !== null && 'sha256' in value

/** Where a sealed value stands, which it is bound to. */
const placeOf = (contactId: string, key: string) => `contact/${contactId}/custom_fields/${key}/1`

/** A sensitive value as it is kept. */
export const sealValue = (by: ContactKey, contactId: string, key: string, value: FieldValue): Sealed => ({
  sealed: Buffer.from(by.seal(placeOf(contactId, key), Buffer.from(JSON.stringify(value)))).toString('base64'),
})

/** The value again. Throws if it was altered, moved, or sealed under another key. */
export const openValue = (by: ContactKey, contactId: string, key: string, { sealed }: Sealed): FieldValue =>
  JSON.parse(Buffer.from(by.open(placeOf(contactId, key), Buffer.from(sealed, 'base64'))).toString())

/** How a value goes by the log: the names that histories give the fields. */
export const auditName = (key: string): string => `${auditPrefix}${key}`

/** The key of the field that a name in the log is of. */
export const keyInAudit = (name: string): string | undefined =>
  name.startsWith(auditPrefix) ? name.slice(auditPrefix.length) : undefined

/** What stands before the key of a custom field in histories. */
export const auditPrefix = 'customFields.'

/** For who names custom fields in another way. */
export const howCustomFieldsAre = 'Name one custom field: `customFields.<key>`.'

/** The values of a contact for the log, by those names. */
export const auditValues = (column: unknown): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(storedFields(column))
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, value]) => [auditName(key), value]),
  )
