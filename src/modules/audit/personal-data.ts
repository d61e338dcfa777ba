import { asRecord, openerOf, rowsOf } from '../disclosed.ts'
import { nothingErased, type PersonalData } from '../module.ts'
import { aboutStaff, auditOperations, auditTexts } from './disclosure-texts.ts'
import { openValues, placeOf } from './values.ts'

/** What the log holds about a contact. */
export const auditData: PersonalData = {
  categories: ['history'],
  models: ['AuditEntry', 'AuditLeaf'],
  texts: auditTexts,
  operations: auditOperations,
  async *disclose(held) {
    // Nobody can tell any more of who was forgotten.
    if ((await held.keys.find([held.contactId])).get(held.contactId) === 'destroyed') return
    // Who of the staff it was is left out: that is data about them, and no recipient (Art. 4(9) GDPR; CJEU C-579/21).
    const staff = new Set((await held.tx.user.findMany({ select: { id: true } })).map(({ id }) => id))
    const isStaff = (value: unknown) => typeof value === 'string' && staff.has(value)
    for await (const entry of rowsOf(held, (page) => held.tx.auditEntry.findMany(page))) {
      const { id, recordedAt, actorKind, action, operation, entity, entityId, values } = entry
      const opened = openValues(await openerOf(held), placeOf(held.contactId, id), values)
      const all = Object.entries(opened).map(([field, change]) => ({ field, ...change }))
      const changes = all.filter((change) => !isStaff(change.old) && !isStaff(change.new))
      const hidden = all.filter((change) => !changes.includes(change))
      const record = asRecord({ id, recordedAt, actorKind, action, operation, entity, entityId, changes })
      const redactions = hidden.length > 0 ? [{ field: 'changes', rule: aboutStaff }] : []
      yield { kind: 'auditEntry', category: 'history', record, redactions }
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
