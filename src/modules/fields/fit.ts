import { Prisma } from '#prisma/client.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { Fault } from '../../graphql/errors.ts'
import { type Seer, seenContacts } from '../contacts/sight.ts'
import { type CheckedValue, checkValue } from './check-value.ts'
import type { Definition } from './definition.ts'
import { givenOf } from './given.ts'
import { isFile, isSealed, openValue, type StoredValue, storedFields } from './values.ts'

type Asker = { $queryRaw: <T>(query: Prisma.Sql) => Promise<T> }

/** What one contact has, and what would become of it. `next`: undefined if it doesn't fit. */
export type Fit = {
  contactId: string
  stored: StoredValue
  next: CheckedValue | undefined
  /** Why it doesn't fit. */
  message: string | undefined
}

const pageSize = 1000

/**
 * Goes through the values of a field, page by page, and tells of each whether it fits another definition of it. Merged
 * contacts come last, so that of equal values the contact that is shown has it.
 */
export async function* fitsOf(
  asker: Asker,
  context: Pick<WorkContext, 'keys' | 'country'> & Seer,
  before: Definition,
  after: Definition,
): AsyncGenerator<Fit[]> {
  const { keys, country } = context
  const seen = new Set<string>()
  for (const merged of [false, true]) {
    for (let last: string | null = null; ; ) {
      const rows: { id: string; fields: unknown }[] = await asker.$queryRaw(Prisma.sql`
        SELECT c.contact_id AS id, jsonb_build_object(${before.key}::text, c.custom_fields->${before.key}::text) AS fields FROM ${seenContacts(context)} c
        WHERE c.custom_fields ? ${before.key}::text AND (c.merged_into_id IS NOT NULL) = ${merged}
          AND (${last}::uuid IS NULL OR c.contact_id > ${last}::uuid)
        ORDER BY c.contact_id LIMIT ${pageSize}`)
      const sealed = rows.filter(({ fields }) => isSealed(storedFields(fields)[before.key])).map(({ id }) => id)
      const found = sealed.length > 0 ? await keys.find(sealed) : undefined
      const fits = rows.flatMap(({ id, fields }): Fit[] => {
        const stored = storedFields(fields)[before.key]
        if (stored === undefined) return []
        const key = found?.get(id)
        if (isSealed(stored) && (!key || key === 'destroyed')) return [] // Of who was erased nothing is left to fit.
        const value = isSealed(stored) && key && key !== 'destroyed' ? openValue(key, id, before.key, stored) : stored
        return [{ contactId: id, stored, ...fitOf(before, after, value, country, seen) }]
      })
      if (fits.length > 0) yield fits
      last = rows.at(-1)?.id ?? null
      if (rows.length < pageSize) break
    }
  }
}

function fitOf(
  before: Definition,
  after: Definition,
  value: StoredValue,
  defaultCountry: string,
  seen: Set<string>,
): Pick<Fit, 'next' | 'message'> {
  if (isFile(value)) {
    return after.kind === 'file'
      ? { next: value as never, message: undefined }
      : { next: undefined, message: 'A file is nothing else.' }
  }
  const faults: Fault[] = []
  const chosen = after.options.map((option) => option.value) // Retired ones stay.
  const next = checkValue(after, givenOf(value, before.kind, after.kind), 'value', faults, { defaultCountry, chosen })
  if (next === undefined || next === null) return { next: undefined, message: faults[0]?.message ?? 'Would be empty.' }
  if (!after.unique) return { next, message: undefined }
  const text = after.kind === 'email' ? String(next).toLowerCase() : String(next)
  if (seen.has(text)) return { next: undefined, message: 'Another contact has this value, too.' }
  seen.add(text)
  return { next, message: undefined }
}
