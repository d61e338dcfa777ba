import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import { cronFault, lastDue, nextDue } from '../../src/modules/reports/schedules/cron.ts'

// When a schedule is due, against the calendar of Temporal.

const berlin = 'Europe/Berlin'
const next = (cron: string, zone: string, after: string, count = 1): string[] => {
  const found: string[] = []
  for (let at = nextDue(cron, zone, new Date(after)); at && found.length < count; at = nextDue(cron, zone, at))
    found.push(Temporal.Instant.fromEpochMilliseconds(at.getTime()).toString())
  return found
}

describe('a time of each day', () => {
  const zones = [berlin, 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Africa/Cairo', 'Asia/Kolkata']
  // `compatible` (RFC 5545, section 3.3.5): the first of two; where the clock skips it, later by as much as is skipped.
  const dueOn = (day: Temporal.PlainDate, time: Temporal.PlainTime, zone: string) => {
    const first = day.toZonedDateTime({ timeZone: zone, plainTime: time })
    const isSkipped = !first.toPlainTime().equals(time)
    // Where midnight is skipped, the change itself is the first moment: none before it is meant.
    const change = isSkipped ? first.add({ nanoseconds: 1 }).getTimeZoneTransition('previous') : null
    return (change ?? first).epochMilliseconds
  }

  test('comes once a day in every zone, whenever it is asked: skipped, when the clock goes on; twice, the first time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 24 * 60 - 1 }),
        // Any moment of five years, most of them around where clocks change.
        fc.integer({ min: Date.UTC(2026, 0, 1) / 1000, max: Date.UTC(2031, 0, 1) / 1000 }),
        fc.boolean(),
        fc.integer({ min: -7200, max: 7200 }),
        (zone, minute, second, atChange, beside) => {
          const said = Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO(zone)
          const change = atChange ? said.getTimeZoneTransition('next') : null
          const after = (change ?? said).add({ seconds: change ? beside : 0 })
          const time = new Temporal.PlainTime(Math.floor(minute / 60), minute % 60)
          const days = [-1, 0, 1, 2].map((days) => after.toPlainDate().add({ days }))
          const expected = days.map((day) => dueOn(day, time, zone)).find((due) => due > after.epochMilliseconds)
          const cron = `${time.minute} ${time.hour} * * *`
          const found = nextDue(cron, zone, new Date(after.epochMilliseconds))
          expect([zone, cron, after.toString(), found?.toISOString()]).toEqual([
            ...[zone, cron, after.toString()],
            new Date(expected ?? 0).toISOString(),
          ])
        },
      ),
      { numRuns: 400 },
    )
  })

  test('within the hour that autumn has twice is not due once more', () => {
    for (const minutes of [30, 31, 59, 60, 75, 89, 90, 91, 119]) {
      const after = new Date(Date.UTC(2028, 9, 29, 0, minutes)).toISOString()
      expect([after, next('30 2 * * *', berlin, after)]).toEqual([after, ['2028-10-30T01:30:00Z']])
    }
  })

  test('every hour, it is due in each of them', () => {
    expect(next('0 * * * *', berlin, '2028-10-28T23:30:00Z', 3)).toEqual([
      ...['2028-10-29T00:00:00Z', '2028-10-29T01:00:00Z', '2028-10-29T02:00:00Z'],
    ])
    expect(next('0 * * * *', berlin, '2028-03-25T23:30:00Z', 3)).toEqual([
      ...['2028-03-26T00:00:00Z', '2028-03-26T01:00:00Z', '2028-03-26T02:00:00Z'],
    ])
  })
})

test.each([
  ['leap days', '0 0 29 2 *', ['2028-02-28T23:00:00Z', '2032-02-28T23:00:00Z']],
  ['the 31st', '0 0 31 * *', ['2027-12-30T23:00:00Z', '2028-01-30T23:00:00Z', '2028-03-30T22:00:00Z']],
  [
    'the last day',
    '0 8 L * *',
    ['2027-11-30T07:00:00Z', '2027-12-31T07:00:00Z', '2028-01-31T07:00:00Z', '2028-02-29T07:00:00Z'],
  ],
])('%s', (_name, cron, expected) => {
  expect(next(cron, berlin, '2027-11-05T00:00:00Z', expected.length)).toEqual(expected)
})

describe('of what was missed', () => {
  const last = (cron: string, from: string, now: string) =>
    lastDue(cron, berlin, new Date(from), new Date(now))?.toISOString()

  test('the last time counts, from the first that is due on', () => {
    expect(last('30 2 * * *', '2028-10-20T00:30:00Z', '2028-10-29T12:00:00Z')).toBe('2028-10-29T00:30:00.000Z')
    expect(last('30 2 * * *', '2028-10-29T00:30:00Z', '2028-10-29T00:30:00Z')).toBe('2028-10-29T00:30:00.000Z')
    expect(last('30 2 * * *', '2028-10-29T00:30:00Z', '2028-10-29T00:29:59Z')).toBeUndefined()
  })

  test('a year of hours is found at once', () => {
    const start = performance.now()
    expect(last('0 * * * *', '2027-10-29T00:00:00Z', '2028-10-29T12:30:00Z')).toBe('2028-10-29T12:00:00.000Z')
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

test.each([
  '0 8 31 2 *',
  '0 8 30 2 *',
  '*/5 * * * *',
  '0,30 8 * * *',
  '0-1 8 * * *',
  '@daily',
  '0 0 8 * * *',
  '* 8 1 1 *',
])('%s is refused', (cron) => {
  expect(cronFault(cron, berlin, new Date('2027-01-01'))).toBeTypeOf('string')
})
