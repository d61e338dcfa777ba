import type { PersonalData } from '../module.ts'
import { openFault } from './fault.ts'

/** What this module holds about a contact: which rules took a turn at what happened to it. */
export const automationData: PersonalData = {
  categories: ['history'],
  models: ['AutomationRun', 'AutomationNotice'],
  async disclose(tx, contactId, keys) {
    const runs = await tx.automationRun.findMany({
      where: { contactId },
      include: { rule: { select: { name: true } } },
      orderBy: { id: 'asc' },
    })
    const notices = await tx.automationNotice.count({ where: { contactId } })
    return {
      runs: await Promise.all(
        runs.map(async (run) => ({
          rule: run.rule.name,
          event: run.event,
          at: run.createdAt.toISOString(),
          outcome: run.state,
          ...(run.fault && { fault: await openFault({ keys }, run) }),
        })),
      ),
      notices,
    }
  },
  async erase(tx, contactId) {
    const notices = await tx.automationNotice.deleteMany({ where: { contactId } })
    const runs = await tx.automationRun.deleteMany({ where: { contactId } })
    return { erased: { AutomationRun: runs.count, AutomationNotice: notices.count }, kept: {} }
  },
}
