import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fault } from '../../src/graphql/errors.ts'
import { checkAppointment } from '../../src/modules/calendar/check.ts'
import type { Draft } from '../../src/modules/calendar/draft.ts'
import { between, later, moved } from '../../src/modules/calendar/moving.ts'
import { occurrences } from '../../src/modules/calendar/recurrence.ts'
import { isOccurrence, splitAt } from '../../src/modules/calendar/series.ts'

const window = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2027-06-01T00:00:00Z') }
const begins = (draft: Draft) => [...occurrences(draft, window)].map(({ begin }) => begin)

const empty: Draft = {
  ...{ title: 'a', place: '', description: '', rule: '', dates: [], exceptions: [], status: 'confirmed' },
  ...{ begin: '2026-01-30', end: '2026-01-31', timeZone: '', guests: [], contacts: [], staff: [] },
}

const series = fc
  .record({
    time: fc.constantFrom('', 'T02:30:00', 'T09:00:00', 'T23:30:00'),
    timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Pacific/Chatham', 'UTC'),
    frequency: fc.constantFrom(
      'FREQ=DAILY',
      'FREQ=WEEKLY;BYDAY=MO,TH,SU',
      'FREQ=MONTHLY',
      'FREQ=MONTHLY;BYDAY=-1FR',
      'FREQ=DAILY;INTERVAL=3',
    ),
    until: fc.constantFrom('', ';COUNT=7', ';UNTIL=20260601', ';COUNT=60'),
    dates: fc.subarray(['2026-02-01', '2026-03-29', '2026-10-25']),
    exceptions: fc.subarray(['2026-01-30', '2026-02-02', '2026-03-01', '2026-03-29']),
  })
  .map(({ time, timeZone, frequency, until, dates, exceptions }): Draft => {
    const draft = {
      ...empty,
      ...(time && { begin: `2026-01-30${time}`, end: `2026-01-31${time}`, timeZone }),
      rule: `${frequency}${until}`,
      dates: dates.map((date) => `${date}${time}`),
      exceptions: exceptions.map((date) => `${date}${time}`),
    }
    const faults: Fault[] = []
    const checked = checkAppointment(draft, faults)
    expect(faults).toEqual([])
    return checked
  })

test('a series in two takes place when it did in one', () => {
  fc.assert(
    fc.property(series, fc.nat(), (draft, nth) => {
      const all = begins(draft)
      const instance = all[nth % Math.min(all.length, 40)] ?? ''
      const { before, after } = splitAt(draft, instance)
      expect([...(before ? begins(before) : []), ...begins(after)]).toEqual(all)
      expect(before ? begins(before).at(-1) : '').not.toBe(instance)
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('each of its times is one of its instances, and none besides', () => {
  fc.assert(
    fc.property(series, (draft) => {
      const all = begins(draft).slice(0, 20)
      expect(all.filter((begin) => !isOccurrence(draft, begin))).toEqual([])
      expect(draft.exceptions.filter((begin) => isOccurrence(draft, begin))).toEqual([])
      expect(isOccurrence(draft, draft.begin.replace('2026-01-30', '2026-01-29'))).toBe(false)
    }),
    { numRuns: 20 },
  )
}, 60_000)

test('a series that is moved takes place by as much later, or is not moved', () => {
  let count = 0
  fc.assert(
    fc.property(
      series,
      fc.integer({ min: -9, max: 9 }),
      fc.constantFrom('', 'T09:00:00', 'T22:15:00'),
      (draft, days, time) => {
        const isDay = !draft.begin.includes('T')
        const day = new Date(Date.UTC(2026, 0, 30 + days)).toISOString().slice(0, 10)
        const [begin, end] = [day, new Date(Date.UTC(2026, 0, 31 + days)).toISOString().slice(0, 10)].map((one) =>
          isDay ? one : `${one}${time || 'T09:00:00'}`,
        )
        const found = moved(draft, begin ?? '', end ?? '')
        const byWeek = /DAILY|WEEKLY/.test(draft.rule)
        // The clocks leave out half past two in spring, and nothing else stands in the way of what goes by days and weeks.
        if (byWeek && !draft.begin.includes('T02:30')) expect(found).toBeDefined()
        if (!found) return
        count++
        const by = between(draft.begin, begin ?? '')
        const times = (one: Draft) =>
          [...occurrences(one, { ...window, from: new Date(0) })].slice(0, 50).map((it) => it.begin)
        expect(times(found)).toEqual(times(draft).map((one) => later(one, by)))
      },
    ),
    { numRuns: 100 },
  )
  expect(count).toBeGreaterThan(40)
}, 60_000)
