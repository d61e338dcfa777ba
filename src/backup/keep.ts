/** How many backups are kept: the last of each of so many days, ISO weeks and months, as far as there are any. */
export type Keep = Partial<Record<Unit, number>>

type Unit = 'daily' | 'weekly' | 'monthly'

const isUnit = (text: string): text is Unit => ['daily', 'weekly', 'monthly'].includes(text)

/** Reads `7 daily, 4 weekly, 6 monthly`; undefined if that isn't what it says. */
export function parseKeep(text: string): Keep | undefined {
  const keep: Keep = {}
  for (const part of text.split(',')) {
    const [, count, unit = ''] = /^(\d{1,4}) ([a-z]+)$/.exec(part.trim()) ?? []
    if (count === undefined || !isUnit(unit) || keep[unit] !== undefined) return undefined
    keep[unit] = Number(count)
  }
  return Object.values(keep).some((count) => count > 0) ? keep : undefined
}

/** Those of these moments, in UTC, whose backups may go. The newest never does. */
export function superfluous(moments: readonly Date[], keep: Keep): Date[] {
  const newestFirst = moments.toSorted((one, other) => other.getTime() - one.getTime())
  const kept = new Set(newestFirst.slice(0, 1))
  for (const [unit, count] of Object.entries(keep)) {
    const periods = new Set<string>()
    for (const moment of newestFirst) {
      const period = isUnit(unit) ? periodOf[unit](moment) : ''
      if (periods.has(period) || periods.size === count) continue
      periods.add(period)
      kept.add(moment)
    }
  }
  return newestFirst.filter((moment) => !kept.has(moment))
}

const day = 86_400_000

const periodOf: Record<Unit, (moment: Date) => string> = {
  daily: (moment) => moment.toISOString().slice(0, 10),
  // Weeks begin on Mondays; the first day of 1970 was a Thursday.
  weekly: (moment) => String(Math.floor((moment.getTime() / day + 3) / 7)),
  monthly: (moment) => moment.toISOString().slice(0, 7),
}
