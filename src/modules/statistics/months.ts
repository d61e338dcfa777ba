/** The first moment of the month that a moment is in, UTC. */
export const monthOf = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1))

/** The first moment of a later month, or an earlier one. */
export const monthsLater = (month: Date, months: number): Date =>
  new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + months, 1))

/** From `first` to `last`, each as its first day. */
export function* monthsBetween(first: Date, last: Date): Generator<Date> {
  for (let month = monthOf(first); month <= last; month = monthsLater(month, 1)) yield month
}

/** Transactions that began in a month have ended when this is over: milliseconds. */
const settling = 24 * 3_600_000

/** The last month whose numbers can be released. */
export const lastClosed = (now: Date): Date => monthsLater(monthOf(new Date(now.getTime() - settling)), -1)

/** A month as PostgreSQL and people write it: `2026-10-01`. */
export const dayOf = (month: Date): string => month.toISOString().slice(0, 10)
