import type { FieldDefinition, FieldFile } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import type { Json, JsonObject } from '../../database/json.ts'

// How the rows of this module read in the audit log. The values of custom fields are told with the contact that has them.

const bookkeeping = ['id', 'version', 'createdAt', 'updatedAt', 'clears']

export function describeDefinition(row: Partial<FieldDefinition> & { id: string }): AuditedRow {
  const values: JsonObject = {}
  for (const [name, value] of Object.entries(row)) {
    if (name === 'formerKind') {
      if (value !== null && value !== undefined) values['changing'] = true
      continue
    }
    if (bookkeeping.includes(name) || value === null || value === undefined || value === '' || value === false) continue
    const json: Json = value instanceof Date ? value.toISOString() : plain(value)
    if (json !== null) values[name] = json
  }
  return { entity: 'FieldDefinition', entityId: row.id, values }
}

/** That there is a file, and of which field; what it holds is told by its hash, in the field. */
export const describeFile = ({ contactId, id, field }: Pick<FieldFile, 'contactId' | 'id' | 'field'>): AuditedRow => ({
  contactId,
  entity: 'FieldFile',
  entityId: id,
  values: { field },
})

/** Nothing for what is empty. */
function plain(value: unknown): Json {
  const json: Json = JSON.parse(JSON.stringify(value) ?? 'null')
  const empty = typeof json === 'object' && json !== null && Object.keys(json).length === 0
  return empty ? null : json
}
