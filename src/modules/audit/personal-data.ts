import type { PersonalData } from '../module.ts'
import { openValues, placeOf } from './values.ts'

/** What the log holds about a contact. */
export const auditData: PersonalData = {
  categories: ['history'],
  models: ['AuditEntry', 'AuditLeaf'],
  async disclose(tx, contactId, keys) {
    const key = (await keys.find([contactId])).get(contactId)
    if (key === 'destroyed') return [] // Nobody can tell any more.
    const entries = await tx.auditEntry.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
    // Who of the staff it was is left out: that is data about them, and no recipient (Art. 4(9) GDPR; CJEU C-579/21).
    return entries.map(({ id, recordedAt, actorKind, action, operation, entity, entityId, values }) => ({
      id,
      recordedAt: recordedAt.toISOString(),
      actorKind,
      action,
      operation,
      entity,
      entityId,
      changes: Object.entries(openValues(key, placeOf(contactId, id), values)).map(([field, change]) => ({
        field,
        ...change,
      })),
    }))
  },
  async erase(tx, contactId) {
    const entries = await tx.auditEntry.findMany({ where: { contactId }, select: { id: true } })
    const ids = entries.map(({ id }) => id)
    const [leaves] = await tx.$queryRaw<{ rows: number }[]>`
      SELECT count(*)::int AS rows FROM audit_leaf WHERE entry_id = ANY(${ids}::uuid[])`
    const reason = 'The log proves what was done with the data (Art. 5(2) GDPR), and nothing can be taken out of it.'
    return {
      erased: {},
      kept: { AuditEntry: { rows: ids.length, reason }, AuditLeaf: { rows: leaves?.rows ?? 0, reason } },
    }
  },
}
