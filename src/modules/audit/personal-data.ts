import type { Transaction } from '../../database/transact.ts'
import { asRecord, openerOf, rowsOf } from '../disclosed.ts'
import { type ErasureDecision, nothingErased, type PersonalData } from '../module.ts'
import { categoryKeysOf, noCategories } from './category-keys.ts'
import { aboutStaff, auditOperations, auditTexts } from './disclosure-texts.ts'
import { openValues, placeOf } from './values.ts'

/** What the log holds about a contact. */
export const auditData: PersonalData = {
  categories: ['history'],
  models: ['AuditEntry', 'AuditLeaf', 'AuditKey'],
  texts: auditTexts,
  operations: auditOperations,
  async *disclose(held) {
    // Nobody can tell any more of who was forgotten.
    if ((await held.keys.find([held.contactId])).get(held.contactId) === 'destroyed') return
    const byCategory = (await categoryKeysOf(held.tx, [held.contactId])).get(held.contactId) ?? noCategories
    // Who of the staff it was is left out: that is data about them, and no recipient (Art. 4(9) GDPR; CJEU C-579/21).
    const staff = new Set((await held.tx.user.findMany({ select: { id: true } })).map(({ id }) => id))
    const isStaff = (value: unknown) => typeof value === 'string' && staff.has(value)
    for await (const entry of rowsOf(held, (page) => held.tx.auditEntry.findMany(page))) {
      const { id, recordedAt, actorKind, action, operation, entity, entityId, values } = entry
      const own = await openerOf(held)
      const opened = openValues(own && { own, byCategory }, placeOf(held.contactId, id), values)
      const all = Object.entries(opened).map(([field, change]) => ({ field, ...change }))
      const changes = all.filter((change) => !isStaff(change.old) && !isStaff(change.new))
      const hidden = all.filter((change) => !changes.includes(change))
      const record = asRecord({ id, recordedAt, actorKind, action, operation, entity, entityId, changes })
      const redactions = hidden.length > 0 ? [{ field: 'changes', rule: aboutStaff }] : []
      yield { kind: 'auditEntry', category: 'history', record, redactions }
    }
  },
  async erase(tx, contactIds, decision) {
    const entries = await tx.auditEntry.count({ where: { contactId: { in: [...contactIds] } } })
    const [leaves] = await tx.$queryRaw<{ rows: number }[]>`
      SELECT count(*)::int AS rows FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id
      WHERE e.contact_id = ANY(${contactIds}::uuid[])`
    const reason = {
      de: 'Das Protokoll beweist, was mit den Daten geschah (Art. 5 Abs. 2 DSGVO), und nichts lässt sich ihm entnehmen.',
      en: 'The log proves what was done with the data (Art. 5(2) GDPR), and nothing can be taken out of it.',
    }
    const kept = { AuditEntry: { rows: entries, reason }, AuditLeaf: { rows: leaves?.rows ?? 0, reason } }
    const { count } = await eraseKeys(tx, contactIds, decision)
    return decision.categories === null
      ? { ...nothingErased, erased: { AuditKey: count }, kept }
      : { ...nothingErased, anonymised: { AuditKey: count }, kept }
  },
}

/** With the key of a category goes what the log tells in it; with the contact, all of them go. */
function eraseKeys(tx: Transaction, contactIds: readonly string[], { categories }: ErasureDecision) {
  const contactId = { in: [...contactIds] }
  if (categories === null) return tx.auditKey.deleteMany({ where: { contactId } })
  return tx.auditKey.updateMany({
    where: { contactId, category: { in: [...categories] }, key: { not: null } },
    data: { key: null },
  })
}
