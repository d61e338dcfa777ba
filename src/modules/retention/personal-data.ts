import { asRecord, contentOf, rowsOf } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { retentionOperations, retentionTexts } from './disclosure-texts.ts'

/** What this module holds about a contact. What is kept of those who were erased is about nobody any more. */
export const retentionData: PersonalData = {
  categories: ['legal holds', 'retention'],
  models: ['LegalHold', 'ErasureProposal', 'RetentionRestriction', 'RetentionLook'],
  logged: { LegalHold: 'legal holds', ErasureProposal: 'retention', RetentionRestriction: 'retention' },
  texts: retentionTexts,
  operations: retentionOperations,
  async *disclose(held) {
    const { tx } = held
    // Who of the staff placed or decided it is left out: that is data about them.
    for await (const { reason, placedAt, liftedAt, liftReason } of rowsOf(held, (page) =>
      tx.legalHold.findMany(page),
    )) {
      const record = asRecord({ reason, placedAt, liftedAt, liftReason })
      yield { kind: 'legalHold', category: 'legal holds', record, once: contentOf(record) }
    }
    for await (const row of rowsOf(held, (page) => tx.erasureProposal.findMany(page))) {
      const { ruleKey: rule, ground, categories, dueAt, proposedAt, state, decidedAt, reason, keptUntil } = row
      const record = asRecord({ rule, ground, categories, dueAt, proposedAt, state, decidedAt, reason, keptUntil })
      yield { kind: 'erasureProposal', category: 'retention', record }
    }
    for await (const { ruleKey: rule, since, endedAt } of rowsOf(held, (page) =>
      tx.retentionRestriction.findMany(page),
    )) {
      yield { kind: 'retentionRestriction', category: 'retention', record: asRecord({ rule, since, endedAt }) }
    }
  },
  async erase(tx, contactIds, decision) {
    // Holds tell why a contact was kept, proposals why not: they go with the contact, and not by themselves.
    if (!['legal holds', 'retention'].some((category) => concerns(decision, category))) return nothingErased
    const where = { contactId: { in: [...contactIds] } }
    const erased: Record<string, number> = {}
    if (concerns(decision, 'legal holds')) {
      const lifted = { ...where, NOT: { liftedAt: null } }
      erased['LegalHold'] = (await tx.legalHold.deleteMany({ where: decision.categories ? lifted : where })).count
    }
    if (concerns(decision, 'retention')) {
      erased['ErasureProposal'] = (await tx.erasureProposal.deleteMany({ where })).count
      erased['RetentionRestriction'] = (await tx.retentionRestriction.deleteMany({ where })).count
      erased['RetentionLook'] = (await tx.retentionLook.deleteMany({ where })).count
    }
    return { ...nothingErased, erased }
  },
}
