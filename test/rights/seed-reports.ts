import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { transact } from '../../src/database/transact.ts'
import { admin, type TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'
import { purposeKey } from './seed-lawfulness.ts'
import type { Examples } from './values.ts'

/** What tells of reports, by right. */
export const reportSecrets = { 'reports.reports': ['zqreported'], 'reports.reactions': ['zqreacted'] }

/** A report that somebody saved and shares, and reactions that are done, failed, and wait. Returns the ids of the report and of a reaction. */
export async function seedReports(
  { work, database }: TestApp,
  act: Act,
): Promise<{ report: string; reaction: string }> {
  const save = 'mutation ($input: SaveReportInput!) { saveReport(input: $input) { id } }'
  const definition = { source: 'contacts', groupBy: ['createdAt:year'] }
  const input = { name: 'Zqreported', description: 'Zqreported', definition }
  const report = (await act(save, { input }))['saveReport']?.['id'] ?? ''
  const role = await database.role.findFirstOrThrow({ where: { key: 'administrator' } })
  const share = 'mutation ($id: ID!, $roles: [ID!]!) { shareReport(id: $id, roles: $roles) { id } }'
  await act(share, { id: report, roles: [btoa(`Role:${role.id}`)] })

  const { id: userId } = await database.user.findUniqueOrThrow({ where: { email: admin.email } })
  const now = new Date()
  const reaction = (more: object) => ({
    ...{ id: uuidv7(), kind: 'erase', report: 'lapsed', source: 'grounds', userId, total: 3, requestId: randomUUID() },
    ...{ wish: { reason: 'Zqreacted', ground: 'unlawful' }, createdAt: now, state: 'queued', changed: 0, skipped: {} },
    ...more,
  })
  const over = { finishedAt: now, changed: 1, skipped: { gone: 2 }, fault: 'UNAVAILABLE', erasureId: randomUUID() }
  const whole = reaction({ ...over, state: 'failed' })
  await transact({ ...work, requestId: randomUUID() }, 'test', async (tx) => {
    await tx.reportReaction.create({ data: whole })
    await tx.reportReaction.create({ data: reaction({ ...over, state: 'done' }) })
  })
  return { report, reaction: whole.id }
}

// A column of each type: of a contact who has a value of each.
const columns = ['contact', 'displayName', 'birthDate', 'createdAt', 'tags', 'withoutBasis', 'customFields.zq_integer']
const of = (more: object = {}) => ({ definition: { source: 'contacts', columns, ...more } })

/** What leads to them. Nothing is done with anybody: nobody was restricted by hand. */
export const reportExamples = ({ report, reaction }: { report: string; reaction: string }): Examples => ({
  'Query.report': () => ({ id: report }),
  'Query.report.id': report,
  'Query.report.key': 'lapsing',
  'Query.runReport': () => ({ report: of(), first: 200 }),
  'Query.reportGroups': () => ({ report: of({ groupBy: ['createdAt:year'] }) }),
  'Query.reportReaction': () => ({ id: reaction }),
  'Query.reportReaction.id': reaction,
  'Query.previewReportReaction': () => ({ report: of(), reaction: { kind: 'LIFT_RESTRICTION' } }),
  'Mutation.saveReport': () => ({ input: { name: randomUUID(), definition: { source: 'contacts' } } }),
  'Mutation.shareReport.id': randomUUID(),
  'Mutation.deleteReport.id': randomUUID(),
  'Mutation.reactToReport': () => ({ report: of(), reaction: { kind: 'LIFT_RESTRICTION' } }),
  'Mutation.cancelReportReaction.id': randomUUID(),
  'ReportReference.key': 'lapsing',
  'ReportReference.id': report,
  'ReportDefinitionInput.source': 'contacts',
  'ReportDefinitionInput.columns': ['contact'],
  'ReportDefinitionInput.groupBy': ['createdAt:year'],
  'ReportOrder.column': 'createdAt',
  'ReportReactionInput.kind': 'LIFT_RESTRICTION',
  'ReportReactionInput.purpose': purposeKey,
  'ReportReactionInput.validUntil': '2999-01-02T00:00:00.000Z',
  'SaveReportInput.name': 'Zqreported again',
})
