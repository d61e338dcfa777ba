import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { all, nameOf, type Place, placesOf } from './cells.ts'
import { type Count, countsOf, placeColumns, talliesOf } from './count.ts'
import { judgeStatistics } from './judge.ts'
import { dayOf, lastClosed, monthOf, monthsBetween, monthsLater } from './months.ts'
import { type Drift, release } from './noise.ts'
import { thresholdOf } from './settings.ts'

const longest = 3_600_000

/** Numbers begin no earlier than 20 years ago, wherever data comes from. */
const mostMonths = 240

/**
 * Releases the numbers of all months that are over and have none yet, the oldest first, each in a transaction of its own. Any number of
 * processes may: each month is released once.
 */
export async function releaseStatistics(context: WorkContext, now = new Date()): Promise<void> {
  const until = lastClosed(now)
  const earliest = await context.database.$transaction(nextMonth, { isolationLevel: 'RepeatableRead' })
  if (!earliest) return
  const first = new Date(Math.max(earliest.getTime(), monthsLater(until, -mostMonths).getTime()))
  for (const month of monthsBetween(first, until)) {
    context.signal?.throwIfAborted()
    await releaseMonth(context, month)
  }
  await judgeStatistics(context)
}

/** As of one moment: of contacts that are gone, the release of a month takes with it what told that there were any. */
async function nextMonth(tx: Pick<Transaction, '$queryRaw' | 'statisticRelease'>): Promise<Date | undefined> {
  const { _max: last } = await tx.statisticRelease.aggregate({ _max: { month: true } })
  return last.month ? monthsLater(last.month, 1) : firstMonth(tx)
}

/** The month of the first contact; undefined: there is none, nor was any. */
export async function firstMonth(
  database: Pick<Transaction, '$queryRaw'>,
  contactIds: readonly string[] | null = null,
): Promise<Date | undefined> {
  const [row] = await database.$queryRaw<{ first: Date | null }[]>`
    SELECT least(min(c.created_at),
      (SELECT min(t.month)::timestamp AT TIME ZONE 'UTC' FROM statistic_tally t WHERE ${contactIds === null})) AS first
    FROM contact c WHERE ${contactIds === null} OR c.contact_id = ANY(${contactIds}::uuid[])`
  return row?.first ? monthOf(row.first) : undefined
}

/** Counts a month, adds noise, and keeps that for good; unless another process did. */
async function releaseMonth(context: WorkContext, month: Date): Promise<void> {
  const run = async (tx: Transaction) => {
    const claimed = await tx.$executeRaw`
      INSERT INTO statistic_release (month, released_at) VALUES (${dayOf(month)}::date, now()) ON CONFLICT DO NOTHING`
    if (claimed === 0) return
    await tx.$executeRaw`SELECT set_config('statement_timeout', '0', true)`
    const counts = await tx.$queryRaw<Count[]>`
      SELECT subject, event, purpose_key AS "purposeKey", ground, channel, kind, language, sum(count)::int AS count
      FROM (${countsOf(month)} UNION ALL ${talliesOf(month)}) c GROUP BY ${placeColumns}`
    const counted = new Map<string, number>()
    const add = (place: Place, count: number) => counted.set(nameOf(place), (counted.get(nameOf(place)) ?? 0) + count)
    for (const { count, ...place } of counts) {
      add(place, count)
      if (place.subject === 'contacts') add({ ...place, language: all }, count)
    }
    const places = placesOf(await purposesBefore(tx, monthsLater(month, 1)))
    await keepCells(tx, context, { month, places, countAt: (place) => counted.get(nameOf(place)) ?? 0 })
    await tx.statisticTally.deleteMany({ where: { month: { lte: month } } })
  }
  await transact(context, 'releaseStatistics', run, { timeout: longest })
}

async function keepCells(
  tx: Transaction,
  context: WorkContext,
  { month, places, countAt }: { month: Date; places: readonly Place[]; countAt: (place: Place) => number },
) {
  const threshold = thresholdOf(context)
  const before = new Map<string, Drift>((await tx.statisticDrift.findMany()).map((one) => [driftName(one), one]))
  const cells = places.map((place) => ({
    place,
    ...release(
      context.secrets,
      {
        place: `${dayOf(month)} ${nameOf(place)}`,
        count: countAt(place),
        earlier: place.event === 'standing' ? before.get(driftName(place)) : undefined,
      },
      threshold,
    ),
  }))
  await tx.statisticCell.createMany({
    data: cells.map(({ place, draws, value }) => ({ ...place, month, value, draws })),
  })
  await tx.statisticDrift.deleteMany()
  await tx.statisticDrift.createMany({
    data: cells.flatMap(({ place: { subject, event, purposeKey, ground, language }, noise, draws }) =>
      event === 'standing' ? [{ subject, event, purposeKey, ground, language, noise, draws }] : [],
    ),
  })
}

const driftName = ({
  subject,
  purposeKey,
  ground,
  language,
}: Record<'subject' | 'purposeKey' | 'ground' | 'language', string>) =>
  JSON.stringify([subject, purposeKey, ground, language])

/** The purposes that there were, retired ones too, with the grounds that they rest on or rested on. */
async function purposesBefore(tx: Transaction, at: Date) {
  const select = { key: true, grounds: true, versions: { select: { grounds: true } } } as const
  const purposes = await tx.purpose.findMany({ where: { createdAt: { lt: at } }, select, orderBy: { key: 'asc' } })
  return purposes.map(({ key, grounds, versions }) => ({
    key,
    grounds: [...new Set([grounds, ...versions.map((one) => one.grounds)].flat())].toSorted(),
  }))
}
