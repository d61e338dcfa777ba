import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { daysBetween, endOfPeriod } from '../../src/modules/requests/deadline.ts'

const berlin = { timeZone: 'Europe/Berlin', holidays: ['01-01', '05-01', '12-25', '12-26', '2027-03-29'] }
const day = 24 * 3_600_000

/** The last day, as it is written there. */
const lastDay = (receivedAt: string, months = 1, options: { pausedDays?: number } = {}, days = berlin) =>
  dayIn(endOfPeriod(new Date(receivedAt), { months, ...options }, days), days.timeZone)

const dayIn = (at: Date, timeZone: string) =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at)

describe('a request is due', () => {
  // Those of the EDPB (Guidelines 01/2022, nos. 157 to 160), and what is hard about months.
  it.each([
    ['in the next month on the day of the same number', '2026-03-10T09:00:00Z', '2026-04-10'],
    ['on the last day of a month that has none', '2026-08-31T10:00:00Z', '2026-09-30'],
    ['in a short February', '2027-01-29T10:00:00Z', '2027-03-01'], // The 28th is a Sunday.
    ['in a long February', '2028-01-31T10:00:00Z', '2028-02-29'],
    ['after a weekend on Monday', '2026-04-02T10:00:00Z', '2026-05-04'], // 2 May is a Saturday.
    ['after a holiday', '2026-11-25T10:00:00Z', '2026-12-28'], // Christmas Day, Boxing Day, Sunday.
    ['after a holiday of one year', '2027-02-28T10:00:00Z', '2027-03-30'], // Sunday, and a Monday that is a holiday.
    ['by the day that it is there, not in UTC', '2026-03-31T22:30:00Z', '2026-05-04'], // 1 April there, and so 1 May, a holiday.
    ['in the next year', '2026-12-01T10:00:00Z', '2027-01-04'], // New Year, and a weekend.
  ])('%s', (_, receivedAt, due) => {
    expect(lastDay(receivedAt)).toBe(due)
  })

  it('at the end of that day, whether or not the clocks change', () => {
    expect(endOfPeriod(new Date('2026-09-26T10:00:00Z'), { months: 1 }, berlin).toISOString()).toBe(
      '2026-10-26T22:59:59.999Z',
    )
    expect(endOfPeriod(new Date('2026-02-27T10:00:00Z'), { months: 1 }, berlin).toISOString()).toBe(
      '2026-03-27T22:59:59.999Z',
    )
    const sydney = { timeZone: 'Australia/Sydney', holidays: [] }
    expect(endOfPeriod(new Date('2026-03-06T10:00:00Z'), { months: 1 }, sydney).toISOString()).toBe(
      '2026-04-06T13:59:59.999Z',
    )
  })

  it('two months later if it is extended, and later by the days for which the time stood still', () => {
    expect(lastDay('2026-11-30T10:00:00Z', 3)).toBe('2027-03-01')
    expect(lastDay('2026-06-01T10:00:00Z', 1, { pausedDays: 9 })).toBe('2026-07-10')
    expect(daysBetween(new Date('2026-06-01T21:59:00Z'), new Date('2026-06-01T22:01:00Z'), berlin)).toBe(1)
    expect(daysBetween(new Date('2026-10-24T10:00:00Z'), new Date('2026-10-26T09:00:00Z'), berlin)).toBe(2)
  })

  const moment = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kathmandu',
    'Pacific/Chatham',
    'Pacific/Apia',
  )

  it('on a working day, not before the month is over, and not later than rest demands', () => {
    fc.assert(
      fc.property(moment, zone, fc.constantFrom(1, 3), fc.nat(60), (receivedAt, timeZone, months, pausedDays) => {
        const days = { timeZone, holidays: ['12-24', '12-25', '12-26', '12-27', '01-01'] }
        const due = endOfPeriod(receivedAt, { months, pausedDays }, days)
        const text = dayIn(due, timeZone)
        const weekday = new Date(`${text}T00:00:00Z`).getUTCDay()
        expect([weekday === 0, weekday === 6, days.holidays.includes(text.slice(5))]).toEqual([false, false, false])
        // The next moment is another day: nothing of the last one is taken away.
        expect(dayIn(new Date(due.getTime() + 1), timeZone)).not.toBe(text)
        const received = dayIn(receivedAt, timeZone)
        const from = new Date(`${received}T00:00:00Z`)
        const length = Math.round((new Date(`${text}T00:00:00Z`).getTime() - from.getTime()) / day) - pausedDays
        const [shortest, longest] = months === 1 ? [28, 31] : [89, 92]
        expect(length).toBeGreaterThanOrEqual(shortest)
        // Christmas on a Thursday: four holidays with a weekend among them, and the next one.
        expect(length).toBeLessThanOrEqual(longest + 6)
        // Without anything to rest on, it is the day of the same number, or the last one of the month.
        const target = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0))
        const number = Math.min(from.getUTCDate(), target.getUTCDate())
        const plain = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth(), number + pausedDays))
        const rests = [0, 6].includes(plain.getUTCDay()) || days.holidays.includes(plain.toISOString().slice(5, 10))
        if (!rests) expect(text).toBe(plain.toISOString().slice(0, 10))
        else expect(text > plain.toISOString().slice(0, 10)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('not earlier for what came later', () => {
    fc.assert(
      fc.property(moment, fc.nat(40 * day), zone, (receivedAt, later, timeZone) => {
        const days = { timeZone, holidays: ['05-01'] }
        const due = (at: Date) => endOfPeriod(at, { months: 1 }, days).getTime()
        expect(due(new Date(receivedAt.getTime() + later))).toBeGreaterThanOrEqual(due(receivedAt))
      }),
      { numRuns: 300 },
    )
  })
})

describe('the settings', () => {
  it('take a time zone that there is, and days that there are', () => {
    const days = (environment: Record<string, string>) => readConfig(environment).workingDays
    expect(days({ LETHE_TIME_ZONE: 'Europe/Berlin', LETHE_HOLIDAYS: '01-01, 02-29 2027-03-29' })).toEqual({
      ...{ timeZone: 'Europe/Berlin', holidays: ['01-01', '02-29', '2027-03-29'] },
    })
    expect(days({}).holidays).toEqual([])
    for (const holiday of ['13-01', '02-30', '2027-02-29', '2027', 'Christmas', '1-1'])
      expect(() => days({ LETHE_HOLIDAYS: holiday }), holiday).toThrow(/LETHE_HOLIDAYS must be days/)
    expect(() => days({ LETHE_TIME_ZONE: 'Mars/Olympus' })).toThrow(/LETHE_TIME_ZONE must be a time zone/)
  })
})
