import { isDeepStrictEqual } from 'node:util'
import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../database/transact.ts'
import { LetheError, notFound } from '../../graphql/errors.ts'
import type { ContactKey, Keys } from '../../keys/keys.ts'
import type { CheckedValue } from './check-value.ts'
import { type Claim, claimTo, releaseClaims, takeClaims } from './claims.ts'
import { type NewFile, sealContent } from './files.ts'
import type { FieldPlan } from './plan.ts'
import { type FieldValue, isFile, isSealed, openValue, type StoredFields, sealValue } from './values.ts'

/** What a plan comes to for one contact: what its column is to hold, and the rows beside it. */
export type FieldWrites = {
  contactId: string
  stored: StoredFields
  files: { id: string; field: string; content: Uint8Array<ArrayBuffer> }[]
  /** Ids of files that go. */
  obsolete: string[]
  /** Unique fields whose value changes. */
  released: string[]
  claims: Claim[]
}

/** Prepares what a plan comes to, with what is sensitive sealed under the contact's key; of a new contact, that is made. */
export async function prepareFields(
  keys: Keys,
  contactId: string,
  before: StoredFields,
  plan: FieldPlan,
): Promise<FieldWrites> {
  const writes: FieldWrites = { contactId, stored: {}, files: [], obsolete: [], released: [], claims: [] }
  const needsKey =
    [...plan.values()].some(({ definition, value }) => definition.sensitive || isNewFile(value)) ||
    [...plan.keys()].some((name) => isSealed(before[name]))
  const key = needsKey ? await keyOf(keys, contactId) : undefined
  const stored = { ...before }
  for (const [name, { definition, value }] of plan) {
    const old = stored[name]
    const opened = isSealed(old) && key ? openValue(key, contactId, name, old) : old
    if (isFile(opened) && !(isFile(value) && value.id === opened.id)) writes.obsolete.push(opened.id)
    const next = isNewFile(value) ? putAway(writes, key, name, value) : value
    if (definition.unique && !isDeepStrictEqual(next, opened ?? null)) {
      if (old !== undefined) writes.released.push(name)
      if (next !== null) writes.claims.push(claimTo(definition, contactId, next))
    }
    if (next === null) delete stored[name]
    else if (!definition.sensitive || !key) stored[name] = next
    // Sealed anew it would look like another value in the history.
    else if (!isSealed(old) || !isDeepStrictEqual(next, opened)) stored[name] = sealValue(key, contactId, name, next)
  }
  return { ...writes, stored }
}

/** Writes the rows beside the contact, which is there already. Throws INVALID_INPUT where a value is another contact's. */
export async function writeFieldRows(tx: Transaction, writes: FieldWrites): Promise<void> {
  const { contactId, files, obsolete, released, claims } = writes
  if (obsolete.length > 0) await tx.fieldFile.deleteMany({ where: { contactId, id: { in: obsolete } } })
  if (files.length > 0) await tx.fieldFile.createMany({ data: files.map((file) => ({ contactId, ...file })) })
  await releaseClaims(tx, contactId, released)
  await takeClaims(tx, claims)
}

/** The same of many new contacts, whose values were found to be free. */
export async function writeNewFieldRows(tx: Transaction, all: readonly FieldWrites[]): Promise<void> {
  const files = all.flatMap(({ contactId, files }) => files.map((file) => ({ contactId, ...file })))
  const claims = all.flatMap((writes) => writes.claims)
  if (files.length > 0) await tx.fieldFile.createMany({ data: files })
  if (claims.length > 0) await tx.fieldClaim.createMany({ data: claims })
}

/** The key of a contact, which is made if there is none yet. Throws NOT_FOUND of one that was erased. */
export async function keyOf(keys: Keys, contactId: string): Promise<ContactKey> {
  await keys.create([contactId])
  return openingKey(keys, contactId)
}

/** The key of a contact that has been there for a while. */
export async function openingKey(keys: Keys, contactId: string): Promise<ContactKey> {
  const key = (await keys.find([contactId])).get(contactId)
  if (key === 'destroyed') throw notFound('Contact')
  if (!key) throw new LetheError('UNREADABLE', `The key store has no key for the contact ${contactId}.`)
  return key
}

const isNewFile = (value: CheckedValue | null): value is NewFile =>
  typeof value === 'object' && value !== null && 'content' in value

function putAway(writes: FieldWrites, key: ContactKey | undefined, field: string, file: NewFile): FieldValue {
  if (!key) throw new Error('a file needs a key')
  const { content, ...about } = file
  const id = uuidv7()
  writes.files.push({ id, field, content: sealContent(key, writes.contactId, id, content) })
  return { id, ...about }
}
