import { LRUCache } from 'lru-cache'

/** What the clock on the wall of a time zone says, as a moment of UTC. */
export function wallClock(timeZone: string): (moment: Date) => Date {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...({ timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' } as const),
    ...({ hour: '2-digit', minute: '2-digit', second: '2-digit' } as const),
  })
  const said = (moment: number) => {
    const of = new Map(parts.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
    const at = (type: Intl.DateTimeFormatPartTypes) => of.get(type) ?? 0
    return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'))
  }
  // No zone changes its offset within a quarter of an hour.
  const offsets = new LRUCache<number, number>({ max: 10_000 })
  return (moment) => {
    const quarter = Math.floor(moment.getTime() / quarterHour)
    const offset = offsets.get(quarter) ?? said(quarter * quarterHour) - quarter * quarterHour
    offsets.set(quarter, offset)
    return new Date(moment.getTime() + offset)
  }
}

const quarterHour = 900_000
