import type { PersonalData } from '../module.ts'
import { openValues } from './values.ts'

/** What the log holds about a contact. */
export const auditData: PersonalData = {
  categories: ['history'],
  models: ['AuditEntry'],
  async disclose(tx, contactId) {
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
      changes: Object.entries(openValues(values)).map(([field, change]) => ({ field, ...change })),
    }))
  },
  async erase(tx, contactId) {
    const rows = await tx.auditEntry.count({ where: { contactId } })
    const reason = 'The log proves what was done with the data (Art. 5(2) GDPR), and nothing can be taken out of it.'
    return { erased: {}, kept: { AuditEntry: { rows, reason } } }
  },
}
