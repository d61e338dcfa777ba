import type { Contact, ContactMerge, ContactPoint, Import } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import type { Json, JsonObject } from '../../database/json.ts'
import { auditValues, storedFields } from '../fields/values.ts'
import { contactFieldList } from './fields.ts'
import { type PointKindDefinition, pointKindList } from './points.ts'

// How the rows of this module read in the audit log: in the types and fields of GraphQL, whose rights then decide who may
// see the values. Empty values are left out.

const bookkeeping = ['createdAt', 'updatedAt']

export function describeContact(row: Partial<Contact> & { id: string }): AuditedRow {
  const values: JsonObject = {}
  for (const { name, type } of contactFieldList) {
    if (bookkeeping.includes(name)) continue
    const value = plain(row[name], type === 'date')
    if (value !== undefined) values[name] = value
  }
  if (row.mergedIntoId) values['mergedInto'] = row.mergedIntoId
  Object.assign(values, auditValues(row.customFields))
  return { contactId: row.id, entity: 'Contact', entityId: row.id, values }
}

export function describePoint(row: Partial<ContactPoint> & { contactId: string; id: string }): AuditedRow {
  const definition: PointKindDefinition | undefined = pointKindList.find(({ kind }) => kind === row.kind)
  if (!definition) throw new Error(`there is no kind of contact point ${row.kind}`)
  const values: JsonObject = {}
  const known = { verifiedAt: 'verifiedAt', undeliverableAt: 'undeliverableAt' } as const
  const fields = { ...definition.attributes, label: 'label', primary: 'primary', ...known } as const
  for (const [field, column] of Object.entries(fields)) {
    const value = plain(row[column])
    if (value !== undefined) values[field] = value
  }
  return { contactId: row.contactId, entity: definition.type, entityId: row.id, values }
}

export function describeMerge(
  row: Partial<ContactMerge> & { contactId: string; id: string; sourceId: string },
): AuditedRow {
  const undoneAt = plain(row.undoneAt)
  const values: JsonObject = { source: row.sourceId, ...(undoneAt !== undefined && { undoneAt }) }
  // The names of what the target has from it, as in GraphQL: the values are in the target's own entries, under their own
  // rights. Of a list how many, so that every change shows; it changes when another merge is taken back.
  const filled = Object.entries(row.filled ?? {}).map(([name, value]) =>
    Array.isArray(value)
      ? `${name} ${value.length}`
      : name === 'customFields'
        ? `${name} ${countOf(value)}`
        : name === 'renewed'
          ? `${name} ${value}`
          : name,
  )
  if (filled.length > 0) values['filled'] = filled.toSorted()
  const pointIds = plain(row.pointIds)
  if (pointIds !== undefined) values['pointIds'] = pointIds
  return { contactId: row.contactId, entity: 'ContactMerge', entityId: row.id, values }
}

/** How many custom fields: which ones is in the target's entries, under the rights of each. */
const countOf = (value: unknown) => Object.keys(storedFields(value)).length

export function describeImport(row: Partial<Import> & { id: string }): AuditedRow {
  const values: JsonObject = {}
  for (const field of [
    'format',
    'source',
    'ground',
    'groundNote',
    'created',
    'changed',
    'unchanged',
    'rejected',
    'finishedAt',
  ] as const) {
    const value = plain(row[field])
    if (value !== undefined) values[field] = value
  }
  if (row.purposeKey) values['purpose'] = row.purposeKey
  return { entity: 'Import', entityId: row.id, values }
}

/** As JSON; undefined for what is empty. */
function plain(value: unknown, dateOnly = false): Json | undefined {
  if (value instanceof Date) return dateOnly ? value.toISOString().slice(0, 10) : value.toISOString()
  if (typeof value === 'string') return value || undefined
  if (typeof value === 'number') return value || undefined
  if (typeof value === 'boolean') return value || undefined
  if (Array.isArray(value)) return value.length > 0 ? value.map(String) : undefined
  return undefined
}
