import type { LeafEntry } from './leaf.ts'

// How entries are read for their leaves: all columns as text, so that nothing is parsed which only gets hashed. Whoever
// reads them runs the statement with `rowMode: 'array'` and `types: asText`.

/** What stands for each column of an entry `e`, in the order of `LeafRow`. */
type Columns = Record<'audit_entry' | 'system_audit_entry', string>

/** A row of these columns. */
export type LeafRow = readonly (string | null)[]

// A year before Christ is written like the one after it.
const recordedAt = `to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ||
  CASE WHEN e.recorded_at < '0001-01-01T00:00:00Z' THEN ' BC' ELSE '' END`

const columnsWith = (contactId: string, sequence: string) => `
  e.id, ${contactId}, ${sequence}, ${recordedAt}, e.transaction_id,
  e.request_id, e.actor_kind, e.actor_id, e.action, e.operation, e.entity, e.entity_id, array_to_json(e.fields), encode(e.values, 'hex')`

/** The columns to select from each of the two tables of entries, called `e`. Further ones may follow. */
export const leafColumns: Columns = {
  audit_entry: columnsWith('e.contact_id', 'e.sequence'),
  system_audit_entry: columnsWith('NULL::uuid', 'NULL::bigint'),
}

/** For `pg`: leaves every value as PostgreSQL writes it. */
export const asText = { getTypeParser: () => (value: string) => value }

/** The entry that such a row tells of. */
export function leafEntryOf(row: LeafRow): LeafEntry {
  const [id, contactId, sequence, recordedAt, transactionId, requestId, actorKind, actorId] = row
  const [action, operation, entity, entityId, fields, values] = row.slice(8)
  return {
    id: id ?? '',
    contactId: contactId ?? null,
    sequence: sequence == null ? null : Number(sequence),
    recordedAt: recordedAt ?? '',
    transactionId: transactionId ?? '',
    requestId: requestId ?? '',
    actorKind: actorKind ?? '',
    actorId: actorId ?? null,
    action: action ?? '',
    operation: operation ?? '',
    entity: entity ?? '',
    entityId: entityId ?? '',
    fields: fields == null ? null : JSON.parse(fields),
    values: values == null ? null : Buffer.from(values, 'hex'),
  }
}
