import { Cron } from 'croner'

// When schedules are due, by the clock of their time zone. What the clock skips in spring is due when it goes on; what it shows twice in
// autumn is due the first time, unless it is every hour.

const atMostEvery = 55 * 60_000
const lookedAt = 50

const cronOf = (pattern: string, timeZone: string) =>
  new Cron(pattern, { timezone: timeZone, paused: true, mode: '5-part' })

/** Why this is no pattern that a schedule can have; undefined if it is. At most 5 fields, which come true, and no more often than every hour. */
export function cronFault(pattern: string, timeZone: string, now: Date): string | undefined {
  if (!/^\S+( +\S+){4}$/.test(pattern) || pattern.length > 200) return notCron
  try {
    const cron = cronOf(pattern, timeZone)
    const runs = cron.nextRuns(lookedAt, now)
    if (runs.length === 0) return 'This never comes true.'
    const often = runs.some((run, index) => run.getTime() - (runs[index - 1]?.getTime() ?? 0) < atMostEvery)
    return often ? 'Mails go at most once an hour: give the minute as one number.' : undefined
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return notCron // As croner says what it can't read.
    throw error
  }
}

const notCron =
  'Give five fields as cron has them, minute, hour, day of the month, month, day of the week: `0 8 * * MON` for Mondays at 8, `0 8 L * *` for the last of each month.'

/** The first moment after this one that it is due; undefined: never again. */
export const nextDue = (pattern: string, timeZone: string, after: Date): Date | undefined =>
  cronOf(pattern, timeZone).nextRun(after) ?? undefined

/** The last moment up to `now` that it was due, from `from` on; undefined: it wasn't. What lies between is not made up for. */
export function lastDue(pattern: string, timeZone: string, from: Date, now: Date): Date | undefined {
  const cron = cronOf(pattern, timeZone)
  let last: Date | undefined
  // Strictly after: so it begins before.
  for (let run = cron.nextRun(new Date(from.getTime() - 1000)); run && run <= now; run = cron.nextRun(run)) last = run
  return last
}
