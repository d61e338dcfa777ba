import { Temporal } from 'temporal-polyfill'
import { occurrences } from './recurrence.ts'
import { isDay, onClock, type Schedule, zoned } from './times.ts'

/** On how many of its times a moved series is compared with what it was. */
const compared = 60

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

/** By how much one time on the clock is later than another. */
export const between = (from: string, to: string): Temporal.Duration =>
  Temporal.PlainDateTime.from(from).until(Temporal.PlainDateTime.from(to), { largestUnit: 'days' })

/** The time on the clock by so much later. */
export const later = (time: string, by: Temporal.Duration): string => {
  const moved = Temporal.PlainDateTime.from(time).add(by)
  return isDay(time) ? moved.toPlainDate().toString() : moved.toString({ smallestUnit: 'second' })
}

/**
 * A series that begins at another time, and so does each of its times: later, or earlier, by as much on the clock there. Undefined where
 * its rule can't say so: every 31st, two days earlier, is not every 29th.
 */
export function moved<T extends Schedule>(series: T, begin: string, end: string): T | undefined {
  if (isDay(begin) !== isDay(series.begin)) return undefined
  const by = between(series.begin, begin)
  const days = between(series.begin.slice(0, 10), begin.slice(0, 10)).days
  const candidate = {
    ...{ ...series, begin, end, rule: movedRule(series, by, days) },
    dates: series.dates.map((date) => later(date, by)),
    exceptions: series.exceptions.map((date) => later(date, by)),
  }
  const [was, is] = [byRule(series), byRule(candidate)]
  // As the clock shows it: what it leaves out in spring is an hour later.
  const shown = was.map((time) => onClock(zoned(later(time, by), series.timeZone), isDay(begin)))
  return shown.join() === is.join() ? candidate : undefined
}

function movedRule({ rule, timeZone }: Schedule, by: Temporal.Duration, days: number): string {
  const weekday = (day: string) => weekdays[(((weekdays.indexOf(day) + days) % 7) + 7) % 7] ?? day
  return rule
    .replaceAll(/(^|;)(BYDAY|WKST)=([^;]+)/g, (_all, before: string, name: string, value: string) => {
      return `${before}${name}=${value.replaceAll(/[A-Z]{2}/g, weekday)}`
    })
    .replace(/UNTIL=(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z)?/, (_all, ...found: string[]) => {
      const [year, month, day, hour, minute, second] = found
      const date = `${year}-${month}-${day}`
      if (hour === undefined) return `UNTIL=${compact(later(date, by))}`
      const until = onClock(zoned(`${date}T${hour}:${minute}:${second}`, 'UTC').withTimeZone(timeZone), false)
      return `UNTIL=${compact(onClock(zoned(later(until, by), timeZone).withTimeZone('UTC'), false))}Z`
    })
}

const compact = (time: string) => time.replaceAll(/[-:]/g, '')

/** Its next times by its rule. */
function byRule(series: Schedule): string[] {
  const first = new Date(zoned(series.begin, series.timeZone).epochMilliseconds)
  const window = { from: first, to: new Date(Date.UTC(2499, 0)) }
  const times: string[] = []
  if (!series.rule) return times
  for (const { begin } of occurrences({ ...series, end: series.begin, dates: [], exceptions: [] }, window)) {
    times.push(begin)
    if (times.length === compared) break
  }
  return times
}
