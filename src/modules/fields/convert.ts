import { isDeepStrictEqual } from 'node:util'
import type { ContactMerge } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { CheckedValue } from './check-value.ts'
import { claimTo, takenClaims } from './claims.ts'
import type { Definition } from './definition.ts'
import { type Change, type Fit, fitOf, fitPage, type Place, taken } from './fit.ts'
import { prepareFields } from './store.ts'
import { type FieldValue, isFile, type StoredFields, storedFields } from './values.ts'

// Bringing the values of contacts into the form that a changed definition asks for. Few are, in the transaction that changes it.
// Of many, it says that it is being changed; they follow, batch by batch (change-worker.ts). Meanwhile each is read in its new
// form, whichever it is kept in, and written in that; only filters and sorting, which PostgreSQL does, wait.

/** How many values are rewritten in one transaction. Meanwhile definitions stay as they are, and the contacts locked: seconds. */
export const batchSize = 250

/** Of a field that is being changed, whether it is, and how. */
export const changeOf = (definition: Definition): Change | undefined =>
  definition.formerKind === null ? undefined : { from: definition.formerKind, after: definition }

/** A value in the form that its definition asks for; undefined if it doesn't fit, and is about to be emptied. */
export function inNewForm(definition: Definition, value: FieldValue, country: string): FieldValue | undefined {
  const change = changeOf(definition)
  if (!change) return value
  if (definition.clears) return undefined
  return fitOf(change, value, country).next as FieldValue | undefined // Of a file its reference, never a new one.
}

/** Rewrites one page of the values of a field that is being changed; tells where the next one begins. */
export async function convertPage(
  context: WorkContext,
  tx: Transaction,
  change: Change,
  place: Place,
): Promise<Place | undefined> {
  const { fits, next } = await fitPage(tx, context, change, place, batchSize)
  const { after } = change
  if (after.clears) await rewriteValues(context, tx, after, fits.map(taken))
  else await rewriteValues(context, tx, after, after.unique ? await withoutTaken(tx, after, fits) : fits)
  if (next === undefined) await convertMerges(tx, after.key)
  return next
}

/** Whose unique value is another contact's loses it: the claims were given when the definition changed. */
async function withoutTaken(tx: Transaction, after: Definition, fits: Fit[]): Promise<Fit[]> {
  const claims = fits.flatMap(({ contactId, merged, next }) =>
    next === undefined || merged || isFile(next) ? [] : [claimTo(after, contactId, next as FieldValue)],
  )
  const lost = new Set((await takenClaims(tx, claims)).map(({ contactId }) => contactId))
  return fits.map((fit) => (lost.has(fit.contactId) ? taken(fit) : fit))
}

/** Writes values in their new form, or empties them. Leaves the claims to unique ones alone. */
export async function rewriteValues(
  context: WorkContext,
  tx: Transaction,
  after: Definition,
  fits: readonly Fit[],
): Promise<void> {
  const due = fits.filter(({ differs }) => differs)
  if (due.length === 0) return
  const ids = due.map(({ contactId }) => contactId)
  const contacts = new Map((await tx.contact.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, row]))
  const merges = Map.groupBy(
    await tx.contactMerge.findMany({ where: { contactId: { in: ids } } }),
    ({ contactId }) => contactId,
  )
  for (const { contactId: id, next } of due) {
    const contact = contacts.get(id)
    if (!contact) continue
    const before = storedFields(contact.customFields)
    const plan = new Map([[after.key, planned(after, next)]])
    const { stored, obsolete } = await prepareFields(context.keys, id, before, plan)
    if (obsolete.length > 0) await tx.fieldFile.deleteMany({ where: { contactId: id, id: { in: obsolete } } })
    await tx.contact.update({
      where: { id },
      data: { customFields: { ...stored }, version: contact.version + 1, updatedAt: new Date() },
    })
    for (const merge of merges.get(id) ?? []) await renewMerge(tx, merge, after.key, before, stored)
  }
}

const planned = (after: Definition, next: CheckedValue | undefined) => ({
  definition: { ...after, unique: false },
  value: next ?? null,
})

/** What a merge notes of a value that it gave follows it, so that taking it back finds it. */
async function renewMerge(
  tx: Transaction,
  merge: ContactMerge,
  key: string,
  before: StoredFields,
  after: StoredFields,
) {
  const written = writtenBy(merge)
  if (merge.undoneAt || written[key] === undefined || !isDeepStrictEqual(written[key], before[key])) return
  await writeMerge(tx, merge, { ...written, ...(after[key] !== undefined && { [key]: after[key] }) })
}

/** What merges note of values that are no longer there goes, too: it is of the former form, and may be what is sealed now. */
export async function convertMerges(tx: Transaction, key: string): Promise<void> {
  const noted = await tx.contactMerge.findMany({ where: { filled: { path: ['customFields', key], not: 'null' } } })
  if (noted.length === 0) return
  const ids = noted.map(({ contactId }) => contactId)
  const targets = new Map((await tx.contact.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, row]))
  for (const merge of noted) {
    const { [key]: value, ...others } = writtenBy(merge)
    const current = storedFields(targets.get(merge.contactId)?.customFields)[key]
    if (value !== undefined && (merge.undoneAt || !isDeepStrictEqual(value, current)))
      await writeMerge(tx, merge, others)
  }
}

const writtenBy = ({ filled }: ContactMerge): StoredFields =>
  storedFields(typeof filled === 'object' && filled !== null && 'customFields' in filled ? filled['customFields'] : {})

async function writeMerge(tx: Transaction, { contactId, id, filled }: ContactMerge, customFields: StoredFields) {
  const rest = typeof filled === 'object' && filled !== null && !Array.isArray(filled) ? filled : {}
  await tx.contactMerge.update({
    where: { contactId_id: { contactId, id } },
    // The log, which tells no values of it, has to see that it changed.
    data: { filled: { ...rest, customFields: { ...customFields }, renewed: Number(rest['renewed'] ?? 0) + 1 } },
  })
}
