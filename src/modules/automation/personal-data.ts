import { asRecord, rowsOf } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { automationOperations, automationTexts } from './disclosure-texts.ts'
import { openFault } from './fault.ts'

/** What this module holds about a contact: which rules took a turn at what happened to it. */
export const automationData: PersonalData = {
  categories: ['history'],
  models: ['AutomationRun', 'AutomationNotice'],
  texts: automationTexts,
  operations: automationOperations,
  async *disclose(held) {
    const { tx, keys } = held
    const rule = { select: { name: true } }
    for await (const run of rowsOf(held, (page) => tx.automationRun.findMany({ ...page, include: { rule } }))) {
      const fault = await openFault({ keys }, run)
      const { event, createdAt, state } = run
      const record = asRecord({ rule: run.rule.name, event, at: createdAt, outcome: state, fault })
      yield { kind: 'automationRun', category: 'history', record }
    }
    // Who is to be told is left out: that is data about staff.
    for await (const { id, createdAt } of rowsOf(held, (page) => tx.automationNotice.findMany(page)))
      yield { kind: 'automationNotice', category: 'history', record: asRecord({ id, at: createdAt }) }
  },
  async erase(tx, contactIds, decision) {
    if (!concerns(decision, 'history')) return nothingErased
    const where = { contactId: { in: [...contactIds] } }
    const notices = await tx.automationNotice.deleteMany({ where })
    const runs = await tx.automationRun.deleteMany({ where })
    return { ...nothingErased, erased: { AutomationRun: runs.count, AutomationNotice: notices.count } }
  },
}
