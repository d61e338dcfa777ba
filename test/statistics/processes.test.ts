import { expect, test } from 'vitest'
import type { Prisma } from '#prisma/client.ts'
import type { Database } from '../../src/database/client.ts'
import { judgeStatistics } from '../../src/modules/statistics/judge.ts'
import { lastClosed, monthsBetween, monthsLater } from '../../src/modules/statistics/months.ts'
import { releaseStatistics } from '../../src/modules/statistics/release.ts'
import { atEnd } from '../support/at-end.ts'
import { testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'

// Several processes at the numbers of one database, each with connections of its own.

const now = new Date()
const last = lastClosed(now)
const months = [...monthsBetween(monthsLater(last, -2), last)]
const place = { event: 'added', purposeKey: '', ground: '', channel: '', kind: '' }

function processOn(url: string) {
  const context = testContext(url)
  atEnd(context.close)
  return context
}

/** Each of its transactions sees what was before `meanwhile`, which ends before the transaction does anything. */
const beginningBefore = (database: Database, meanwhile: () => Promise<void>): Database =>
  new Proxy(database, {
    get: (target, key) =>
      key === '$transaction'
        ? (run: (tx: Prisma.TransactionClient) => Promise<unknown>, options: object) =>
            target.$transaction(async (tx) => {
              await tx.$queryRaw`SELECT FROM statistic_release`
              await meanwhile()
              return run(tx)
            }, options)
        : Reflect.get(target, key),
  })

test('a month that another process judges as this one comes to it is judged once, and the next ones too', async () => {
  const url = await freshDatabase()
  const [one, other] = [processOn(url), processOn(url)]
  await one.database.statisticRelease.createMany({ data: months.map((month) => ({ month, releasedAt: new Date() })) })
  const own = { ...place, subject: 'contacts', language: '*', value: 50, draws: 1 }
  await one.database.statisticCell.createMany({ data: months.map((month) => ({ ...own, month })) })
  await judgeStatistics({ ...one, database: beginningBefore(one.database, () => judgeStatistics(other)) })
  const judged = await one.database.statisticNumber.findMany({ where: { span: 'month' }, orderBy: { period: 'asc' } })
  expect(judged.map(({ period }) => period)).toEqual(months)
})

test('no month is left out of which nothing tells any more but that another process released it', async () => {
  const url = await freshDatabase()
  const { database, ...work } = processOn(url)
  const own = { ...place, subject: 'contacts', language: 'de', count: 9 }
  // Whoever was there in the first month and the last is gone.
  const [first, , third] = months
  for (const month of [first, third]) if (month) await database.statisticTally.create({ data: { ...own, month } })
  await withClient(ownerOf(url), (another) =>
    withClient(ownerOf(url), async (onlooker) => {
      await another.query('BEGIN; LOCK TABLE statistic_tally')
      const releasing = releaseStatistics({ ...work, database }, now)
      const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%statistic_tally%'`
      await expect.poll(async () => (await onlooker.query(waits)).rowCount).toBe(1)
      await another.query('INSERT INTO statistic_release (month, released_at) VALUES ($1, now())', [first])
      await another.query(`INSERT INTO statistic_cell VALUES ('contacts', $1, 'added', '', '', '', '', 9, 1, '*')`, [
        first,
      ])
      await another.query('DELETE FROM statistic_tally WHERE month = $1', [first])
      await another.query('COMMIT')
      await releasing
    }),
  )
  const released = await database.statisticRelease.findMany({ orderBy: { month: 'asc' } })
  expect(released.map(({ month }) => month)).toEqual(months)
})
