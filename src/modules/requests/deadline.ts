// When a request has to be answered: Art. 12(3) GDPR, by the rules of Regulation (EEC, Euratom) No 1182/71.

/** Where the days begin and end, and which of them nobody works on besides Saturdays and Sundays. */
export type WorkingDays = {
  /** Of the IANA database: `Europe/Berlin`. */
  timeZone: string
  /** `12-25` each year, or `2027-03-26`. */
  holidays: readonly string[]
}

/** Within one month of receipt; with two further ones where it is complex (Art. 12(3) GDPR). */
export const usualMonths = 1
export const extendedMonths = 3

/** A day of the calendar, as UTC has it. */
type Day = { year: number; month: number; day: number }

/**
 * The end of the last day that there is for an answer. The day of receipt doesn't count (Art. 3(1)); the period ends with the day
 * of the same number, or the last one of a month that has none (Art. 3(2)(c)); a Saturday, a Sunday or a holiday makes it
 * the next working day (Art. 3(4)).
 *
 * @param options.pausedDays Whole days for which the time stood still, as the person was asked to prove who they are.
 */
export function endOfPeriod(
  receivedAt: Date,
  { months, pausedDays = 0 }: { months: number; pausedDays?: number },
  { timeZone, holidays }: WorkingDays = here,
): Date {
  const { year, month, day } = dayOf(receivedAt, timeZone)
  const lastOfMonth = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate()
  let last = new Date(Date.UTC(year, month - 1 + months, Math.min(day, lastOfMonth) + pausedDays))
  while (!isWorkingDay(last, holidays)) last = nextDay(last)
  return new Date(midnight(nextDay(last), timeZone).getTime() - 1)
}

/** How many days lie between, by the calendar: none within one day. */
export const daysBetween = (from: Date, until: Date, { timeZone }: WorkingDays = here): number =>
  Math.round((asUtc(dayOf(until, timeZone)).getTime() - asUtc(dayOf(from, timeZone)).getTime()) / dayLength)

/** Where nothing else is set: the server's own time zone, and no holidays. So nothing ends later than the law says. */
export const here: WorkingDays = {
  // Asked when it is needed: no process should start with the 40 ms that it takes.
  get timeZone() {
    return Intl.DateTimeFormat().resolvedOptions().timeZone
  },
  holidays: [],
}

const dayLength = 24 * 3_600_000

const nextDay = (day: Date) => new Date(day.getTime() + dayLength)

const asUtc = ({ year, month, day }: Day) => new Date(Date.UTC(year, month - 1, day))

function isWorkingDay(day: Date, holidays: readonly string[]): boolean {
  const text = day.toISOString().slice(0, 10)
  return day.getUTCDay() !== 0 && day.getUTCDay() !== 6 && !holidays.includes(text) && !holidays.includes(text.slice(5))
}

/** The day that it is there. */
function dayOf(at: Date, timeZone: string): Day {
  const parts = partsOf(at, timeZone)
  return { year: parts('year'), month: parts('month'), day: parts('day') }
}

/** The moment at which a day begins there. */
function midnight(day: Date, timeZone: string): Date {
  // Twice, since the clocks may be changed between the first guess and the right moment.
  let at = day
  for (let step = 0; step < 2; step++) at = new Date(day.getTime() - offsetAt(at, timeZone))
  return at
}

/** Milliseconds by which the clocks there are ahead of UTC. */
function offsetAt(at: Date, timeZone: string): number {
  const parts = partsOf(at, timeZone)
  const there = Date.UTC(
    parts('year'),
    parts('month') - 1,
    ...([parts('day'), parts('hour'), parts('minute'), parts('second')] as const),
  )
  return there - Math.floor(at.getTime() / 1000) * 1000
}

function partsOf(at: Date, timeZone: string) {
  const parts = clockOf(timeZone).formatToParts(at)
  return (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value)
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    })
  clocks.set(timeZone, clock)
  return clock
}
