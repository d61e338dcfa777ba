import { Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import { countsOf, placeColumns } from './count.ts'
import { dayOf, monthOf, monthsBetween, monthsLater } from './months.ts'
import { firstMonth } from './release.ts'

/**
 * Adds up what contacts count in months that are not released yet, before they are erased in the same transaction: sums alone are kept, and
 * those go when the month is released. So an erasure changes no number of what was before it.
 *
 * @param at When they are erased: of an erasure that is done again, when it was first.
 */
export async function keepStatistics(tx: Transaction, contactIds: readonly string[], at: Date): Promise<void> {
  if (contactIds.length === 0) return
  const { _max: released } = await tx.statisticRelease.aggregate({ _max: { month: true } })
  const first = released.month ? monthsLater(released.month, 1) : await firstMonth(tx, contactIds)
  for (const month of monthsBetween(first ?? at, monthOf(at))) {
    await tx.$executeRaw`
      INSERT INTO statistic_tally AS t (month, ${placeColumns}, count)
      SELECT ${dayOf(month)}::date, ${placeColumns}, count FROM (${countsOf(month, { contactIds, goneAt: at })}) c
      ON CONFLICT (${Prisma.raw('subject, month, event, purpose_key, ground, channel, kind, language')}) DO UPDATE SET count = t.count + excluded.count`
  }
}
