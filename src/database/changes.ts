import type { FieldChanges } from '../modules/audit/values.ts'
import type { AuditedRow } from './audited.ts'

/** A change, as the audit log tells it: per field the old and the new value. */
export type Change = {
  action: 'created' | 'updated' | 'removed'
  entity: AuditedRow
  changes: FieldChanges
}

/** A new row: all its values. */
export const created = (entity: AuditedRow): Change => ({
  action: 'created',
  entity,
  changes: Object.fromEntries(Object.entries(entity.values).map(([field, value]) => [field, { new: value }])),
})

/** A row that is gone: all its values. */
export const removed = (entity: AuditedRow): Change => ({
  action: 'removed',
  entity,
  changes: Object.fromEntries(Object.entries(entity.values).map(([field, value]) => [field, { old: value }])),
})

/** The fields that differ. Undefined when nothing changed that the log tells of. */
export function updated(before: AuditedRow, after: AuditedRow): Change | undefined {
  const fields = new Set([...Object.keys(before.values), ...Object.keys(after.values)])
  const changes: Change['changes'] = {}
  for (const field of fields) {
    const [old, next] = [before.values[field] ?? null, after.values[field] ?? null]
    if (JSON.stringify(old) !== JSON.stringify(next)) changes[field] = { old, new: next }
  }
  return Object.keys(changes).length > 0 ? { action: 'updated', entity: after, changes } : undefined
}
