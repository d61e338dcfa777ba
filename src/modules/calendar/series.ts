import type { Transaction } from '../../database/transact.ts'
import type { Draft } from './draft.ts'
import { occurrences } from './recurrence.ts'
import { deleteStored } from './store.ts'
import { asDate, endOf, isDay, lengthOf, onClock, readTime, type Schedule, zoned } from './times.ts'

/** The instances of a series that differ. */
export const overridden = (tx: Transaction, seriesId: string): Promise<{ id: string; recurrenceId: string }[]> =>
  tx.appointment.findMany({
    where: { seriesId },
    select: { id: true, recurrenceId: true },
    orderBy: { recurrenceId: 'asc' },
  })

/** Removes the instances that differ from a time that there is no longer: they have nothing to stand for. */
export async function dropOrphans(tx: Transaction, seriesId: string, series: Schedule): Promise<void> {
  const all = { ...series, exceptions: [] }
  const orphans = (await overridden(tx, seriesId)).filter(({ recurrenceId }) => !isOccurrence(all, recurrenceId))
  await deleteStored(
    tx,
    orphans.map(({ id }) => id),
  )
}

/** Whether a series takes place at this time on the clock. */
export function isOccurrence(schedule: Schedule, begin: string): boolean {
  if (readTime(begin) !== begin || isDay(begin) !== isDay(schedule.begin)) return false
  const from = asDate(zoned(begin, schedule.timeZone))
  const window = { from, to: new Date(from.getTime() + 1) }
  for (const one of occurrences({ ...schedule, end: schedule.begin }, window)) if (one.begin === begin) return true
  return false
}

/** One instance of a series, as an appointment of its own. */
export const instanceDraft = (series: Draft, begin: string): Draft => ({
  ...series,
  begin,
  end: endOf(begin, lengthOf(series), series.timeZone),
  rule: '',
  dates: [],
  exceptions: [],
})

/**
 * A series in two: what is before an instance (nothing, if it is the first), and what begins with it. A number of times is shared
 * out between them. Where the instance is a further date, the rule goes on from its own next time.
 */
export function splitAt(series: Draft, instance: string): { before: Draft | undefined; after: Draft } {
  const { rule, dates, exceptions, timeZone } = series
  if (instance <= series.begin) return { before: undefined, after: series }
  const byRule = timesByRule(series, instance)
  const begin = byRule.next ?? instance
  const after = {
    ...series,
    begin,
    end: endOf(begin, lengthOf(series), timeZone),
    rule: byRule.next ? withoutCount(rule, byRule.passed) : '',
    dates: dates.filter((date) => date >= instance && date !== begin),
    exceptions: exceptions.filter((date) => date >= instance),
  }
  const before = {
    ...series,
    // One that is over by then ends when it did.
    rule: byRule.next ? endingBefore(rule, instance, timeZone) : rule,
    dates: dates.filter((date) => date < instance),
    exceptions: exceptions.filter((date) => date < instance),
  }
  return { before, after }
}

/** How often a series takes place by its rule before an instance, if it ends by number; and when next. */
function timesByRule({ rule, ...series }: Draft, instance: string): { passed: number; next: string | undefined } {
  if (!rule) return { passed: 0, next: undefined }
  const byRule = { ...series, rule, end: series.begin, dates: [], exceptions: [] }
  const [begin, at] = [series.begin, instance].map((time) => asDate(zoned(time, series.timeZone)))
  if (!begin || !at) return { passed: 0, next: undefined }
  const [next] = occurrences(byRule, { from: at, to: new Date(Date.UTC(2500, 0)) })
  const passed = /COUNT=/.test(rule) ? [...occurrences(byRule, { from: begin, to: at })].length : 0
  return { passed, next: next?.begin }
}

const withoutCount = (rule: string, passed: number) =>
  rule.replace(/COUNT=(\d+)/, (_all, count: string) => `COUNT=${Math.max(Number(count) - passed, 1)}`)

function endingBefore(rule: string, instance: string, timeZone: string): string {
  const days = isDay(instance)
  const last = zoned(instance, timeZone).subtract(days ? { days: 1 } : { seconds: 1 })
  const until = onClock(last.withTimeZone('UTC'), days).replaceAll(/[-:]/g, '')
  const parts = rule.split(';').filter((part) => !/^(COUNT|UNTIL)=/.test(part))
  return [...parts, `UNTIL=${until}${days ? '' : 'Z'}`].join(';')
}
