import type { AutomationRule } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import type { Json } from '../../database/json.ts'

/** How a rule reads in the log: all that decides what it does, and on whose behalf. */
export const describeRule = (row: Partial<AutomationRule> & { id: string }): AuditedRow => {
  const { id, name, description, ownerId, events, condition, enabledAt } = row
  const values: Record<string, Json | undefined> = {
    name,
    description: description || undefined,
    owner: ownerId,
    events,
    condition: condition || undefined,
    actions: asJson(row.actions),
    rights: asJson(row.rights),
    enabledAt: enabledAt?.toISOString(),
  }
  return {
    entity: 'Rule',
    entityId: id,
    values: Object.fromEntries(
      Object.entries(values).flatMap(([field, value]) => (value === undefined ? [] : [[field, value] as const])),
    ),
  }
}

const asJson = (value: unknown): Json | undefined =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))
