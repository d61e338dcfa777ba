import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import type { Fault } from '../../graphql/errors.ts'
import { asDate, isDay, lengthOf, onClock, readTime, type Schedule, zoned } from './times.ts'

/** How often something can recur in all, where it ends by number. */
const mostOccurrences = 1000
/** How often on one day. */
const mostOnOneDay = 24
const longestRule = 500

/** One time that an appointment takes place. */
export type Occurrence = {
  /** On the clock there; for a series, its recurrence id. */
  begin: string
  beginsAt: Date
  endsAt: Date
}

/** When something takes place, and, where that is kept, when all of it is over. */
type Timed = Schedule & { endsAt?: Date | null }

/** Whether it takes place more than once. */
export const recurs = ({ rule, dates }: Pick<Schedule, 'rule' | 'dates'>): boolean => rule !== '' || dates.length > 0

/**
 * A rule in the form in which it is kept. Refuses, as a fault, what RFC 5545 doesn't know, and what would recur without end in a
 * day: an appointment can't be every second.
 */
export function checkRule(text: string, { begin, timeZone }: Schedule, field: string, faults: Fault[]): string {
  const given = text
    .trim()
    .replace(/^RRULE:/i, '')
    .toUpperCase()
  if (given === '') return ''
  const fault = (message: string) => {
    faults.push({ field, message })
    return ''
  }
  if (given.length > longestRule) return fault(`Must have at most ${longestRule} characters.`)
  if (!/^[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*$/.test(given)) {
    return fault('Write it as RFC 5545 does: FREQ=WEEKLY;BYDAY=MO.')
  }
  const parts = given.split(';').map((part) => part.split('=')[0] ?? '')
  const unknown = parts.find((part) => !known.includes(part))
  if (unknown) return fault(`${unknown} is not known.`)
  if (new Set(parts).size < parts.length) return fault('Each part may stand there once.')
  try {
    const rule = withUntil(given, begin, timeZone)
    const { freq, interval = 1, count = 0, byHour, byMinute, bySecond } = setOf(rule, zoned(begin, timeZone)).options()
    if (!['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'].includes(freq)) {
      return fault('An appointment recurs DAILY, WEEKLY, MONTHLY or YEARLY; several times a day with BYHOUR.')
    }
    if (isDay(begin) && (byHour || byMinute || bySecond)) {
      return fault('What takes whole days has no BYHOUR, BYMINUTE or BYSECOND.')
    }
    const onOneDay = (byHour?.length || 1) * (byMinute?.length || 1) * (bySecond?.length || 1)
    if (onOneDay > mostOnOneDay) return fault(`Must recur at most ${mostOnOneDay} times a day.`)
    if (count > mostOccurrences) return fault(`COUNT must be at most ${mostOccurrences}; for longer, use UNTIL.`)
    if (interval > 1000) return fault('INTERVAL must be at most 1000.')
    if (count > 0 && lastByCount(rule, zoned(begin, timeZone)) === undefined) {
      return fault('Does not take place so often from 1900 to 2499, or not once in 50 years.')
    }
    return rule
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return fault(`Is not a rule of RFC 5545: ${error.message.slice(0, 200)}.`)
  }
}

const known = [
  ...['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYMONTH', 'BYWEEKNO', 'BYYEARDAY', 'BYMONTHDAY', 'BYDAY'],
  ...['BYHOUR', 'BYMINUTE', 'BYSECOND', 'BYSETPOS'],
]

/**
 * The end of a rule as RFC 5545 wants it (section 3.3.10): a moment in UTC; of whole days, a day. Many programs write the other,
 * or a time on the clock there.
 */
function withUntil(rule: string, begin: string, timeZone: string): string {
  return rule.replace(/(^|;)UNTIL=([^;]+)/, (_all, before: string, value: string) => {
    const [, year, month, day, hour = '23', minute = '59', second = '59', utc] =
      /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(value) ?? []
    const date = `${year}-${month}-${day}`
    const until = readTime(isDay(begin) ? date : `${date}T${hour}:${minute}:${second}`)
    if (!until) throw new RangeError(`there is no time ${value}`)
    return `${before}UNTIL=${isDay(begin) ? compact(until) : inUtc(zoned(until, utc ? 'UTC' : timeZone))}`
  })
}

const compact = (time: string) => time.replaceAll(/[-:]/g, '')
const inUtc = (moment: Temporal.ZonedDateTime) => `${compact(onClock(moment.withTimeZone('UTC'), false))}Z`

/** The library has no whole days: they are midnights in UTC. */
const setOf = (rule: string, first: Temporal.ZonedDateTime) =>
  new RRuleTemporal({
    rruleString: `RRULE:${rule.replace(/UNTIL=(\d{8})(?=;|$)/, 'UNTIL=$1T000000Z')}`,
    dtstart: first,
    strict: true,
    includeDtstart: true,
    temporal: Temporal,
  })

/**
 * The times that it takes place, in order, from the first that is over after `from` and begins before `to`. They are found one
 * by one, so that a rule without an end costs no more than what is taken of it.
 *
 * @param skip Recurrence ids that are left out: of instances that differ.
 */
export function* occurrences(
  schedule: Timed,
  { from, to }: { from: Date; to: Date },
  skip: ReadonlySet<string> = new Set(),
): Generator<Occurrence> {
  const length = lengthOf(schedule)
  const days = isDay(schedule.begin)
  const exceptions = new Set(schedule.exceptions)
  for (const moment of begins(schedule, from.getTime() - length, to.getTime())) {
    const beginsAt = asDate(moment)
    if (beginsAt >= to) return
    const endsAt = new Date(beginsAt.getTime() + length)
    // What takes no time is in the window that it begins in.
    if (endsAt <= from && !(length === 0 && beginsAt >= from)) continue
    const begin = onClock(moment, days)
    if (!exceptions.has(begin) && !skip.has(begin)) yield { begin, beginsAt, endsAt }
  }
}

/** All begins from a moment on, exceptions included: those of the rule, merged with the further dates. */
function* begins(schedule: Timed, from: number, to: number): Generator<Temporal.ZonedDateTime> {
  const { begin, timeZone, rule, dates } = schedule
  const first = zoned(begin, timeZone)
  const further = [...dates, ...(rule ? [] : [begin])]
    .map((date) => zoned(date, timeZone))
    .filter(({ epochMilliseconds }) => epochMilliseconds >= from)
    .sort(Temporal.ZonedDateTime.compare)
  const byRule = rule ? ofRule(rule, first, from, Math.min(to, endOfCount(schedule, first))) : [].values()
  let [next, at] = [byRule.next(), 0]
  let last: number | undefined
  for (;;) {
    const other = further[at]
    const isByRule = !next.done && (!other || next.value.epochMilliseconds <= other.epochMilliseconds)
    const moment = isByRule ? next.value : other
    if (!moment) return
    if (isByRule) next = byRule.next()
    else at++
    if (moment.epochMilliseconds !== last) yield moment
    last = moment.epochMilliseconds
  }
}

/** Where a rule that ends by number has ended; what is kept of that saves counting. */
function endOfCount({ rule, dates, begin, end, timeZone, endsAt }: Timed, first: Temporal.ZonedDateTime): number {
  if (countIn(rule) === 0) return Number.POSITIVE_INFINITY
  const isKept = endsAt && dates.length === 0
  const last = isKept ? endsAt.getTime() - lengthOf({ begin, end, timeZone }) : lastByCount(rule, first)
  return (last ?? first.epochMilliseconds) + 1
}

const day = 24 * 3_600_000

/** What the library is asked for at once: more and more, up to a year. */
const steps = { first: 7 * day, last: 366 * day }

/** A rule that leaves out so long has ended. */
const patience = 50 * 366 * day

/**
 * The begins by a rule in a window. They are looked for piece by piece, since the library walks to a next time for as long as there
 * is none; and without their number, since it would count from the first each time.
 */
function* ofRule(rule: string, first: Temporal.ZonedDateTime, from: number, to: number) {
  const set = setOf(rule.replace(/;COUNT=\d+|COUNT=\d+;/, ''), first)
  let step = steps.first
  let latest = Math.max(from, first.epochMilliseconds)
  for (let at = latest; at < to && at - latest < patience; ) {
    const next = Math.min(at + step, to)
    for (const moment of set.between(new Date(at), new Date(next - 1), true)) {
      yield moment
      latest = moment.epochMilliseconds
    }
    at = next
    step = Math.min(step * 2, steps.last)
  }
}

/** When the last of it is over; null if never. */
export function lastEnd(schedule: Schedule): Date | null {
  const { begin, timeZone, rule, dates } = schedule
  const length = lengthOf(schedule)
  const explicit = [begin, ...dates].map((date) => zoned(date, timeZone).epochMilliseconds)
  const byRule = rule ? lastOfRule(rule, zoned(begin, timeZone)) : []
  return byRule === null ? null : new Date(Math.max(...explicit, ...byRule) + length)
}

function lastOfRule(rule: string, first: Temporal.ZonedDateTime): number[] | null {
  if (countIn(rule) > 0) return [lastByCount(rule, first) ?? first.epochMilliseconds]
  const { until } = setOf(rule, first).options()
  // No more than an upper bound: it is for finding what may be in a window.
  return until ? [until.epochMilliseconds] : null
}

const countIn = (rule: string) => Number(/(?:^|;)COUNT=(\d+)/.exec(rule)?.[1] ?? 0)

/** When a rule that ends by number begins last; undefined if it doesn't within the years, or leaves out 50 of them. */
function lastByCount(rule: string, first: Temporal.ZonedDateTime): number | undefined {
  let left = countIn(rule)
  for (const { epochMilliseconds } of ofRule(rule, first, first.epochMilliseconds, Date.UTC(2500, 0))) {
    left--
    if (left === 0) return epochMilliseconds
  }
  return undefined
}
