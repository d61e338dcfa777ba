import { asRecord } from '../../disclosed.ts'
import type { PersonalData } from '../../module.ts'
import { concerns, nothingErased } from '../../module.ts'

/** What schedules hold about a contact: that somebody is told when they enter a report. */
export const presenceData: PersonalData = {
  categories: ['history'],
  models: ['ReportPresence'],
  texts: {
    reportPresence: {
      ...{ de: 'Berichte, die beobachtet werden', en: 'Reports that are watched' },
      fields: {
        report: { de: 'Bericht', en: 'Report' },
        enteredAt: { de: 'Darin seit', en: 'In it since' },
      },
    },
  },
  async *disclose({ tx, contactId }) {
    const rows = await tx.reportPresence.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
    const schedules = await tx.reportSchedule.findMany({ where: { id: { in: rows.map(({ id }) => id) } } })
    for (const { id, enteredAt } of rows) {
      const report = schedules.find((schedule) => schedule.id === id)?.name ?? ''
      yield { kind: 'reportPresence', category: 'history', record: asRecord({ report, enteredAt }) }
    }
  },
  async erase(tx, contactIds, decision) {
    if (!concerns(decision, 'history')) return nothingErased
    const { count } = await tx.reportPresence.deleteMany({ where: { contactId: { in: [...contactIds] } } })
    return { ...nothingErased, erased: { ReportPresence: count } }
  },
}
