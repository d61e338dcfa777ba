import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseKeep, superfluous } from '../../src/backup/keep.ts'
import { fileName } from '../../src/backup/names.ts'

const moments = fc.uniqueArray(
  fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }),
  { minLength: 1, maxLength: 200, selector: (moment) => moment.getTime() },
)
const count = fc.nat(20)

const daysOf = (some: readonly Date[]) => new Set(some.map((moment) => moment.toISOString().slice(0, 10)))
const monthsOf = (some: readonly Date[]) => new Set(some.map((moment) => moment.toISOString().slice(0, 7)))

test('the newest backup stays, and the last of each of so many days and months', () => {
  fc.assert(
    fc.property(moments, count, count, count, (all, daily, weekly, monthly) => {
      const gone = superfluous(all, { daily, weekly, monthly })
      const kept = all.filter((moment) => !gone.includes(moment))
      expect(kept).toContainEqual(new Date(Math.max(...all.map(Number))))
      expect(kept.length).toBeLessThanOrEqual(1 + daily + weekly + monthly)
      for (const [periodsOf, number] of [
        [daysOf, daily],
        [monthsOf, monthly],
      ] as const) {
        for (const period of [...periodsOf(all)].toSorted().slice(-number || all.length + 1)) {
          const ofPeriod = all.filter((moment) => moment.toISOString().startsWith(period)).map(Number)
          expect(kept).toContainEqual(new Date(Math.max(...ofPeriod)))
        }
      }
    }),
  )
})

test('daily backups of a year leave seven days, four Sundays and six ends of months', () => {
  const all = Array.from({ length: 365 }, (_, day) => new Date(Date.UTC(2026, 0, 1 + day, 2)))
  const gone = new Set(superfluous(all, parseKeep('7 daily, 4 weekly, 6 monthly') ?? {}))
  expect(all.filter((moment) => !gone.has(moment)).map((moment) => moment.toISOString().slice(5, 10))).toEqual([
    ...['07-31', '08-31', '09-30', '10-31', '11-30', '12-13', '12-20'],
    ...['12-25', '12-26', '12-27', '12-28', '12-29', '12-30', '12-31'],
  ])
})

test('what to keep is read, or refused', () => {
  expect(parseKeep('30 daily')).toEqual({ daily: 30 })
  expect(parseKeep('7 daily, 4 weekly, 6 monthly')).toEqual({ daily: 7, weekly: 4, monthly: 6 })
  for (const wrong of ['', 'all', '7', '7 days', '7 daily, 8 daily', '0 daily', '7 daily 4 weekly']) {
    expect(parseKeep(wrong)).toBeUndefined()
  }
})

test('a name tells the moment', () => {
  expect(fileName('lethe', new Date('2026-11-30T02:03:04.567Z'))).toBe('lethe-20261130T020304Z.age')
})
