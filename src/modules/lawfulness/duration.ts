// Calendar durations (ISO 8601), as laws and policies state them: whole years, months, weeks and days.

const pattern = /^P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$/

/** Whether a text is a duration such as `P6Y`, `P18M` or `P2W`, and not nothing. */
export const isDuration = (text: string): boolean => partsOf(text)?.some((part) => part > 0) ?? false

/** The moment so much later. A day that a month doesn't have becomes its last one: 31 January and `P1M` make 28 February. */
export function addDuration(from: Date, duration: string): Date {
  const [years = 0, months = 0, weeks = 0, days = 0] = partsOf(duration) ?? []
  const later = new Date(from)
  later.setUTCDate(1)
  later.setUTCMonth(later.getUTCMonth() + 12 * years + months)
  const lastDay = new Date(Date.UTC(later.getUTCFullYear(), later.getUTCMonth() + 1, 0)).getUTCDate()
  later.setUTCDate(Math.min(from.getUTCDate(), lastDay) + 7 * weeks + days)
  return later
}

// The laws that count so are German (§ 257(5) HGB, § 147(4) AO), and so is the calendar.
let berlin: Intl.DateTimeFormat | undefined

/** The calendar year of a moment, by the German clock: what comes on New Year's Eve at 23:30 UTC comes in the new one. */
export function calendarYear(at: Date): number {
  berlin ??= new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', year: 'numeric' })
  return Number(berlin.format(at))
}

const partsOf = (text: string) =>
  pattern
    .exec(text)
    ?.slice(1)
    .map((part) => Number(part ?? 0))
