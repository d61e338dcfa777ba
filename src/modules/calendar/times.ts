import { Temporal } from 'temporal-polyfill'

// Times are kept as they stand on the clock there, with the time zone: when a country changes its summer time, nine o'clock
// stays nine o'clock.

/** When something takes place, and how often. */
export type Schedule = {
  /** On the clock there: `2026-03-27T09:00:00`; `2026-03-27` of one that takes whole days. */
  begin: string
  /** When it is over; of whole days, the day after. */
  end: string
  /** IANA. Empty: whole days. */
  timeZone: string
  /** `RRULE` of RFC 5545, without that name. Empty: once. */
  rule: string
  /** When it takes place besides (`RDATE`). */
  dates: readonly string[]
  /** When it does not (`EXDATE`). */
  exceptions: readonly string[]
}

const written = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/

/** The years that times may lie in: beyond, time zones are guesswork. */
const years = { first: 1900, last: 2499 }

/** A day or a time as it is kept; undefined for what is none, or lies in another age. */
export function readTime(text: string): string | undefined {
  if (!written.test(text)) return undefined
  try {
    const time = Temporal.PlainDateTime.from(text, { overflow: 'reject' })
    if (time.year < years.first || time.year > years.last || text.includes(':60')) return undefined
    return text.includes('T') ? time.toString({ smallestUnit: 'second' }) : text
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Whether it is a day, and not a time of day. */
export const isDay = (time: string): boolean => !time.includes('T')

/**
 * The moment that a clock shows this. What a clock shows twice is meant the first time; what it leaves out in spring is an hour
 * later (RFC 5545, section 3.3.5). Days are those of UTC.
 */
export const zoned = (time: string, timeZone: string): Temporal.ZonedDateTime =>
  Temporal.PlainDateTime.from(time).toZonedDateTime(timeZone || 'UTC')

/** What the clock shows. */
export const onClock = (moment: Temporal.ZonedDateTime, days: boolean): string =>
  days ? moment.toPlainDate().toString() : moment.toPlainDateTime().toString({ smallestUnit: 'second' })

/** The same as a `Date`. */
export const asDate = (moment: Temporal.ZonedDateTime): Date => new Date(moment.epochMilliseconds)

/** How long it takes, in milliseconds. */
export const lengthOf = ({ begin, end, timeZone }: Pick<Schedule, 'begin' | 'end' | 'timeZone'>): number =>
  zoned(end, timeZone).epochMilliseconds - zoned(begin, timeZone).epochMilliseconds

/** When it is over that began at this moment, on the clock there. */
export const endOf = (begin: string, length: number, timeZone: string): string =>
  onClock(zoned(begin, timeZone).add({ milliseconds: length }), isDay(begin))
