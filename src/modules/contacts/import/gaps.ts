import type { Contact, ContactPoint } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { Keys } from '../../../keys/keys.ts'
import { type FieldPlan, noPlan } from '../../fields/plan.ts'
import { prepareFields, writeFieldRows } from '../../fields/store.ts'
import { storedFields } from '../../fields/values.ts'
import type { CheckedColumns, CheckedContact, CheckedPoint } from '../draft.ts'
import { pointRow } from '../store.ts'
import { touch, withDisplayName } from '../update.ts'

// An import never overwrites: it fills what is empty and adds what is missing.

/** A contact that is here already, with its points. */
export type Existing = Contact & { points: ContactPoint[] }

const columns = [
  'title',
  'givenName',
  'familyName',
  'organisation',
  'jobTitle',
  'birthDate',
  'language',
  'timeZone',
] as const satisfies (keyof CheckedColumns)[]

/** Whether the imported contact brings anything that the existing one lacks. Merged contacts are left alone. */
export function hasGaps(existing: Existing, imported: CheckedContact): boolean {
  const { data, points, fields } = gaps(existing, imported)
  return Object.keys(data).length + points.length + fields.size > 0
}

/** The custom fields among them. */
export const fieldGaps = (existing: Existing, imported: CheckedContact): FieldPlan => gaps(existing, imported).fields

/** Gives an existing contact what it lacks; false when there is nothing to do. */
export async function fillGaps(
  tx: Transaction,
  keys: Keys,
  existing: Existing,
  imported: CheckedContact,
): Promise<boolean> {
  if (!hasGaps(existing, imported)) return false
  const { data, points, fields } = gaps(existing, imported)
  if (points.length > 0) await tx.contactPoint.createMany({ data: points.map((point) => pointRow(existing.id, point)) })
  const { points: _points, ...contact } = existing
  const custom =
    fields.size > 0 ? await prepareFields(keys, contact.id, storedFields(contact.customFields), fields) : undefined
  if (custom) await writeFieldRows(tx, custom)
  await touch(tx, contact, { ...withDisplayName(contact, data), ...(custom && { customFields: custom.stored }) })
  return true
}

/** Two rows about the same person as one: the first has precedence. */
export function combine(first: CheckedContact, second: CheckedContact): CheckedContact {
  const tags = [...new Set([...(first.columns.tags ?? []), ...(second.columns.tags ?? [])])]
  const missing = first.missing?.filter(({ field }) => second.missing?.some((other) => other.field === field)) ?? []
  return {
    columns: { ...second.columns, ...present(first.columns), tags },
    points: [...first.points, ...lacking(first.points, second.points)],
    fields: new Map([...(second.fields ?? []), ...(first.fields ?? [])]),
    ...(missing.length > 0 && { missing }),
  }
}

type Gaps = { data: Omit<Partial<Contact>, 'customFields'>; points: CheckedPoint[]; fields: FieldPlan }

function gaps(existing: Existing, imported: CheckedContact): Gaps {
  if (existing.mergedIntoId) return { data: {}, points: [], fields: noPlan }
  const empty = columns.filter((column) => !existing[column] && imported.columns[column])
  const tags = (imported.columns.tags ?? []).filter((tag) => !existing.tags.includes(tag))
  const data = {
    ...Object.fromEntries(empty.map((column) => [column, imported.columns[column]])),
    ...(tags.length > 0 && { tags: [...existing.tags, ...tags] }),
  }
  const stored = storedFields(existing.customFields)
  const fields = [...(imported.fields ?? [])].filter(
    ([key, { value, byDefault }]) => value !== null && !byDefault && stored[key] === undefined,
  )
  return { data, points: lacking(existing.points, imported.points), fields: new Map(fields) }
}

type Comparable = { kind: string; service: string; value: string; primary: boolean }

/** The points that are not there yet; primary only where the kind has no primary one. */
function lacking(own: readonly Comparable[], offered: readonly CheckedPoint[]): CheckedPoint[] {
  const key = (point: Comparable) => `${point.kind} ${point.service} ${point.value.toLowerCase()}`
  const known = new Set(own.map(key))
  const settled = new Set(own.filter((point) => point.primary).map((point) => point.kind))
  return offered
    .filter((point) => !known.has(key(point)))
    .map((point) => ({ ...point, primary: point.primary && !settled.has(point.kind) }))
}

const present = (given: CheckedColumns): CheckedColumns =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '' && value !== null))
