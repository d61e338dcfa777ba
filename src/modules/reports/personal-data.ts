import { asRecord, rowsOf } from '../disclosed.ts'
import { concerns, type PersonalData } from '../module.ts'
import { reportFileData } from './files/personal-data.ts'
import { presenceData } from './schedules/personal-data.ts'

/**
 * What reports keep about contacts: who is in the reports that are watched, who was asked for consent from one, who is in files that are still
 * there, and with whom something is still to be done: those are queues, of which there is nothing to disclose.
 */
export const reportData: PersonalData = {
  categories: [...presenceData.categories, ...reportFileData.categories, 'legal grounds'],
  models: [...presenceData.models, ...reportFileData.models, 'ReportReactionSubject', 'ReportAsk'],
  texts: {
    ...presenceData.texts,
    reportAsk: {
      ...{ de: 'Anfragen nach Einwilligung', en: 'Times you were asked for consent' },
      fields: { purposeKey: { de: 'Zweck', en: 'Purpose' }, askedAt: { de: 'Gefragt am', en: 'Asked at' } },
      formats: { purposeKey: 'purpose' },
    },
  },
  async *disclose(held) {
    yield* presenceData.disclose(held)
    for await (const { purposeKey, askedAt } of rowsOf(held, (page) => held.tx.reportAsk.findMany(page)))
      yield { kind: 'reportAsk', category: 'legal grounds', record: asRecord({ purposeKey, askedAt }) }
  },
  async erase(tx, contactIds, decision, means) {
    const presence = await presenceData.erase(tx, contactIds, decision, means)
    const files = await reportFileData.erase(tx, contactIds, decision, means)
    const where = { contactId: { in: [...contactIds] } }
    // Nothing is done any more with whoever is erased, whatever of them.
    const { count } = await tx.reportReactionSubject.deleteMany({ where })
    const asks = concerns(decision, 'legal grounds') ? (await tx.reportAsk.deleteMany({ where })).count : 0
    const erased = { ...presence.erased, ...files.erased, ReportReactionSubject: count, ReportAsk: asks }
    return { ...presence, erased }
  },
}
