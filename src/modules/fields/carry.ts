import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { Keys } from '../../keys/keys.ts'
import { claimTo, releaseClaims, takeClaims } from './claims.ts'
import { inNewForm } from './convert.ts'
import type { Definitions } from './definitions.ts'
import { openContent, sealContent } from './files.ts'
import { keyOf, openingKey } from './store.ts'
import { isFile, isSealed, openValue, type StoredFields, sealValue } from './values.ts'

// When contacts are merged, the one that stays gets the custom fields that it lacks: sealed anew, with copies of files, and with
// the claims to unique values; and gives them back when that is undone.

/** What a contact lacks of another one's custom fields, as the other one has it. */
export const lackingFields = (target: StoredFields, source: StoredFields): StoredFields =>
  Object.fromEntries(Object.entries(source).filter(([key]) => target[key] === undefined))

/** Gives values of one contact to another, and answers them as the other one keeps them. */
export async function carryFields(
  tx: Transaction,
  { keys, country }: Pick<WorkContext, 'keys' | 'country'>,
  definitions: Definitions,
  values: StoredFields,
  from: string,
  to: string,
): Promise<StoredFields> {
  const carried: Record<string, StoredFields[string]> = {}
  for (const [name, value] of Object.entries(values)) {
    const opened = isSealed(value) ? openValue(await openingKey(keys, from), from, name, value) : value
    const definition = definitions.get(name)
    const given = definition ? inNewForm(definition, opened, country) : opened
    if (given === undefined) continue
    const own = isFile(given) ? { ...given, id: await copyFile(tx, keys, name, given.id, from, to) } : given
    const isSecret = definition?.sensitive ?? isSealed(value)
    carried[name] = isSecret ? sealValue(await keyOf(keys, to), to, name, own) : own
  }
  const unique = uniqueOf(definitions, carried)
  await releaseClaims(
    tx,
    from,
    unique.map(({ key }) => key),
  )
  await takeClaims(
    tx,
    unique.flatMap((definition) => {
      const value = carried[definition.key]
      return value === undefined ? [] : [claimTo(definition, to, value)]
    }),
  )
  return carried
}

/** What of the values that a merge wrote is still as it wrote it. */
export const unchangedFields = (stored: StoredFields, written: StoredFields): string[] =>
  Object.keys(written).filter((key) => JSON.stringify(sorted(stored[key])) === JSON.stringify(sorted(written[key])))

/** Takes values from a contact again, with their files and claims. */
export async function dropFields(
  tx: Transaction,
  keys: Keys,
  contactId: string,
  stored: StoredFields,
  names: readonly string[],
): Promise<StoredFields> {
  const files: string[] = []
  for (const name of names) {
    const value = stored[name]
    const opened = isSealed(value) ? openValue(await openingKey(keys, contactId), contactId, name, value) : value
    if (isFile(opened)) files.push(opened.id)
  }
  if (files.length > 0) await tx.fieldFile.deleteMany({ where: { contactId, id: { in: files } } })
  await releaseClaims(tx, contactId, names)
  return Object.fromEntries(Object.entries(stored).filter(([key]) => !names.includes(key)))
}

/** A contact that stands on its own again has its unique values to itself. Throws INVALID_INPUT where another one got one meanwhile. */
export async function reclaimFields(
  tx: Transaction,
  { country }: Pick<WorkContext, 'country'>,
  definitions: Definitions,
  contactId: string,
  stored: StoredFields,
): Promise<void> {
  const unique = uniqueOf(definitions, stored)
  await releaseClaims(
    tx,
    contactId,
    unique.map(({ key }) => key),
  )
  await takeClaims(
    tx,
    unique.flatMap((definition) => {
      const value = stored[definition.key]
      const given = value === undefined || isSealed(value) ? undefined : inNewForm(definition, value, country)
      return given === undefined ? [] : [claimTo(definition, contactId, given)]
    }),
  )
}

const uniqueOf = ({ all }: Definitions, values: StoredFields) =>
  all.filter(({ key, unique }) => unique && values[key] !== undefined)

async function copyFile(tx: Transaction, keys: Keys, field: string, id: string, from: string, to: string) {
  const file = await tx.fieldFile.findUniqueOrThrow({ where: { contactId_id: { contactId: from, id } } })
  const content = openContent(await openingKey(keys, from), from, id, file.content)
  const copy = uuidv7()
  const sealed = sealContent(await keyOf(keys, to), to, copy, content)
  await tx.fieldFile.createMany({ data: [{ contactId: to, id: copy, field, content: sealed }] })
  return copy
}

/** The keys of an object in one order: PostgreSQL has its own. */
const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value
