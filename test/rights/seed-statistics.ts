import type { Database } from '../../src/database/client.ts'
import type { Examples } from './values.ts'

/** What tells of numbers, by right. */
export const statisticsSecrets = { 'statistics.statistics': ['zqnumbered'] }

/** Numbers of a month that is long over, of each kind. */
export async function seedStatistics(database: Database): Promise<void> {
  const month = new Date('2020-01-01')
  const common = {
    ...{ span: 'month', period: month, purposeKey: '', ground: '', channel: '', kind: '', language: '' },
    ...{ value: 500, draws: 1 },
  }
  await database.statisticRelease.create({ data: { month, releasedAt: new Date() } })
  await database.statisticNumber.createMany({
    data: [
      { ...common, subject: 'contacts', event: 'standing', language: '*' },
      { ...common, subject: 'contacts', event: 'standing', language: 'de' },
      { ...common, subject: 'consents', event: 'given', purposeKey: 'zqnumbered', channel: 'staff' },
      { ...common, subject: 'consents', event: 'given', purposeKey: 'zqnumbered', channel: 'person', value: null },
      { ...common, subject: 'grounds', event: 'standing', purposeKey: 'zqnumbered', ground: 'contract' },
      { ...common, subject: 'requests', event: 'received', kind: 'access' },
      { ...common, subject: 'erasures', event: 'executed', kind: 'objection' },
    ],
  })
}

/** What leads to them. */
export const statisticsExamples: Examples = {
  'Query.statistics': () => ({
    ...{ subject: 'CONSENTS', by: ['MONTH', 'PURPOSE', 'CHANNEL'] },
    ...{ from: '2020-01-01', until: '2020-03-31' },
  }),
}
