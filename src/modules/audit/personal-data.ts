import { asRecord, openerOf, rowsOf } from '../disclosed.ts'
import { nothingErased, type PersonalData } from '../module.ts'
import { auditTexts } from './disclosure-texts.ts'
import { openValues, placeOf } from './values.ts'

/** What the log holds about a contact. */
export const auditData: PersonalData = {
  categories: ['history'],
  models: ['AuditEntry', 'AuditLeaf'],
  texts: auditTexts,
  async *disclose(held) {
    // Nobody can tell any more of who was forgotten.
    if ((await held.keys.find([held.contactId])).get(held.contactId) === 'destroyed') return
    // Who of the staff it was is left out: that is data about them, and no recipient (Art. 4(9) GDPR; CJEU C-579/21).
    for await (const entry of rowsOf(held, (page) => held.tx.auditEntry.findMany(page))) {
      const { id, recordedAt, actorKind, action, operation, entity, entityId, values } = entry
      const opened = openValues(await openerOf(held), placeOf(held.contactId, id), values)
      const changes = Object.entries(opened).map(([field, change]) => ({ field, ...change }))
      const record = asRecord({ id, recordedAt, actorKind, action, operation, entity, entityId, changes })
      yield { kind: 'auditEntry', category: 'history', record }
    }
  },
  async erase(tx, contactIds) {
    const entries = await tx.auditEntry.count({ where: { contactId: { in: [...contactIds] } } })
    const [leaves] = await tx.$queryRaw<{ rows: number }[]>`
      SELECT count(*)::int AS rows FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id
      WHERE e.contact_id = ANY(${contactIds}::uuid[])`
    const reason = 'The log proves what was done with the data (Art. 5(2) GDPR), and nothing can be taken out of it.'
    const kept = { AuditEntry: { rows: entries, reason }, AuditLeaf: { rows: leaves?.rows ?? 0, reason } }
    return { ...nothingErased, kept }
  },
}
