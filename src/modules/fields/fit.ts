import { isDeepStrictEqual } from 'node:util'
import { Prisma } from '#prisma/client.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { Fault } from '../../graphql/errors.ts'
import { type Seer, seenContacts } from '../contacts/sight.ts'
import { type CheckedValue, checkValue } from './check-value.ts'
import { claimTo } from './claims.ts'
import type { Definition } from './definition.ts'
import { givenOf } from './given.ts'
import type { FieldKind } from './kinds.ts'
import { type FieldValue, isFile, isSealed, openValue, type StoredValue, storedFields } from './values.ts'

// Whether the values that contacts have fit another definition of their field, and what becomes of them there.

/** What one contact has, and what would become of it. `next`: undefined if it doesn't fit. */
export type Fit = {
  contactId: string
  /** It was merged into another one, with which it may share a unique value. */
  merged: boolean
  stored: StoredValue
  next: CheckedValue | undefined
  /** Why it doesn't fit. */
  message: string | undefined
  /** As it is kept, it isn't what the definition asks for. */
  differs: boolean
}

/** How a definition changes: values are of the kind `from`, or of the new one already. */
export type Change = { from: FieldKind; after: Definition }

/** Where to go on among the contacts that have a value: those that are shown come first. */
export type Place = { merged: boolean; last: string | null }

export const beginning: Place = { merged: false, last: null }

type Asker = { $queryRaw: <T>(query: Prisma.Sql) => Promise<T> }
type FitContext = Pick<WorkContext, 'keys' | 'country'> & Seer

/**
 * Goes through the values of a field, page by page, and tells of each whether it fits another definition of it: of equal values
 * that are to be unique, the first one does.
 */
export async function* fitsOf(asker: Asker, context: FitContext, change: Change): AsyncGenerator<Fit[]> {
  const seen = new Set<string>()
  for (let place: Place | undefined = beginning; place; ) {
    const page: FitPage = await fitPage(asker, context, change, place, 1000)
    yield change.after.unique ? page.fits.map((fit) => oncePerValue(change.after, fit, seen)) : page.fits
    place = page.next
  }
}

function oncePerValue(after: Definition, fit: Fit, seen: Set<string>): Fit {
  if (fit.next === undefined || isFile(fit.next)) return fit
  const { value } = claimTo(after, fit.contactId, fit.next as FieldValue) // Files are never unique.
  if (!seen.has(value)) seen.add(value)
  else if (!fit.merged) return taken(fit)
  return fit
}

/** The value is another contact's. */
export const taken = (fit: Fit): Fit => ({
  ...fit,
  next: undefined,
  message: 'Another contact has this value, too.',
  differs: true,
})

/** The values of one page, and where the next one begins. */
export type FitPage = { fits: Fit[]; next: Place | undefined }

/** One page of the values of a field, without a look at whether they are unique. */
export async function fitPage(
  asker: Asker,
  context: FitContext,
  { from, after }: Change,
  { merged, last }: Place,
  size: number,
): Promise<FitPage> {
  const { keys, country } = context
  const { key: name } = after
  const rows: { id: string; fields: unknown }[] = await asker.$queryRaw(Prisma.sql`
    SELECT c.contact_id AS id, jsonb_build_object(${name}::text, c.custom_fields->${name}::text) AS fields
    FROM ${seenContacts(context)} c
    WHERE c.custom_fields ? ${name}::text AND (c.merged_into_id IS NOT NULL) = ${merged}
      AND (${last}::uuid IS NULL OR c.contact_id > ${last}::uuid)
    ORDER BY c.contact_id LIMIT ${size}`)
  const found = rows.map(({ id, fields }) => ({ contactId: id, stored: storedFields(fields)[name] }))
  const sealed = found.filter(({ stored }) => isSealed(stored)).map(({ contactId }) => contactId)
  const opening = sealed.length > 0 ? await keys.find(sealed) : undefined
  const fits = found.flatMap(({ contactId, stored }): Fit[] => {
    if (stored === undefined) return []
    const key = opening?.get(contactId)
    if (isSealed(stored) && (!key || key === 'destroyed')) return [] // Of who was erased nothing is left to fit.
    const value = isSealed(stored) && key && key !== 'destroyed' ? openValue(key, contactId, name, stored) : stored
    if (isSealed(value)) return []
    const { next, message } = fitOf({ from, after }, value, country)
    const differs = next === undefined || isSealed(stored) !== after.sensitive || !isDeepStrictEqual(next, value)
    return [{ contactId, merged, stored, next, message, differs }]
  })
  const end = rows.at(-1)
  if (rows.length === size && end) return { fits, next: { merged, last: end.id } }
  return { fits, next: merged ? undefined : { merged: true, last: null } }
}

/** What becomes of one value. What has the new form already stays as it is. */
export function fitOf(
  { from, after }: Change,
  value: FieldValue,
  defaultCountry: string,
): Pick<Fit, 'next' | 'message'> {
  if (isFile(value)) {
    return after.kind === 'file'
      ? { next: value as never, message: undefined } // Put away already: of files nothing but their reference is looked at.
      : { next: undefined, message: 'A file is nothing else.' }
  }
  const faults: Fault[] = []
  const chosen = after.options.map((option) => option.value) // Retired ones stay.
  const next = checkValue(after, givenOf(value, from, after.kind), 'value', faults, { defaultCountry, chosen })
  if (next === undefined || next === null) return { next: undefined, message: faults[0]?.message ?? 'Would be empty.' }
  return { next, message: undefined }
}
