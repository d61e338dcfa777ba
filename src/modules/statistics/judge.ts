import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { dayOf } from './months.ts'
import { thresholdOf } from './settings.ts'
import { beginningOf, judgeNumbers, type Released, type StatisticNumber } from './suppress.ts'

const lock = 7_263_118_402
const longest = 3_600_000

/**
 * Judges the numbers of all months that are released and have none yet, the oldest first, each in a transaction of its own; in one process at
 * a time, since each goes by those before it.
 */
export async function judgeStatistics(context: WorkContext): Promise<void> {
  while (await judgeNext(context)) context.signal?.throwIfAborted()
}

/** False: there is none, or another process is at it. */
const judgeNext = (context: WorkContext): Promise<boolean> =>
  transact(
    context,
    'judgeStatistics',
    async (tx) => {
      const [turn] = await tx.$queryRaw<{ ours: boolean }[]>`SELECT pg_try_advisory_xact_lock(${lock}::bigint) AS ours`
      const month = turn?.ours ? await nextMonth(tx) : undefined
      if (!month) return false
      const until = dayOf(month)
      const from = dayOf(beginningOf('year', month))
      const cells = await tx.$queryRaw<Released[]>`
        SELECT subject, event, purpose_key AS "purposeKey", ground, channel, kind, language, month, value, draws
        FROM statistic_cell WHERE month BETWEEN ${from}::date AND ${until}::date AND (event <> 'standing' OR month = ${until}::date)`
      const earlier = await tx.$queryRaw<StatisticNumber[]>`
        SELECT subject, event, purpose_key AS "purposeKey", ground, channel, kind, language, span, period, value, draws
        FROM statistic_number WHERE period BETWEEN ${from}::date AND ${until}::date AND event <> 'standing'`
      const numbers = judgeNumbers({ month, cells, earlier }, thresholdOf(context))
      await tx.statisticNumber.createMany({ data: numbers })
      return true
    },
    // One snapshot would be of the moment before the lock was ours: without what was judged by whoever had it until then.
    { isolation: 'ReadCommitted', timeout: longest },
  )

async function nextMonth(tx: Transaction): Promise<Date | undefined> {
  const [next] = await tx.$queryRaw<{ month: Date }[]>`
    SELECT r.month FROM statistic_release r
    WHERE NOT EXISTS (SELECT FROM statistic_number n WHERE n.subject = 'contacts' AND n.span = 'month' AND n.period = r.month)
    ORDER BY r.month LIMIT 1`
  return next?.month
}
