import { Temporal } from 'temporal-polyfill'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/client.ts'
import { openPostOffice, type PostOffice } from './schedules-support.ts'

let office: PostOffice
beforeAll(async () => {
  office = await openPostOffice()
  await office.lapsing(5)
})
afterAll(() => office.close())

const zone = 'Europe/Berlin'
const year = 2028 // A leap year.

type Day = Temporal.PlainDate
const at = (day: Day, hour: number, minute = 0) =>
  day
    .toZonedDateTime({ timeZone: zone, plainTime: new Temporal.PlainTime(hour, minute) })
    .toInstant()
    .toString()

/** When each pattern is due, by the calendar alone. 02:30 does not come on the last Sunday of March, and comes twice on that of October. */
const patterns: { cron: string; days: (day: Day) => boolean; moment: (day: Day) => string }[] = [
  { cron: '0 8 * * MON', days: (day) => day.dayOfWeek === 1, moment: (day) => at(day, 8) },
  { cron: '0 8 L * *', days: (day) => day.day === day.daysInMonth, moment: (day) => at(day, 8) },
  { cron: '15 23 31 * *', days: (day) => day.day === 31, moment: (day) => at(day, 23, 15) },
  { cron: '0 0 29 2 *', days: (day) => day.month === 2 && day.day === 29, moment: (day) => at(day, 0) },
  {
    cron: '30 2 * 3,10 SUN',
    days: (day) => [3, 10].includes(day.month) && day.dayOfWeek === 7,
    moment: (day) => (day.month === 3 && day.day === 26 ? '2028-03-26T01:00:00Z' : at(day, 2, 30)),
  },
]

const daysOf = Array.from({ length: 366 }, (_, index) => new Temporal.PlainDate(year, 1, 1).add({ days: index }))

/** The same numbers each time. */
function dice(seed: number) {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

test('a clock moved through a year sends each scheduled mail once, to a mail server that dies at the worst moments', async () => {
  const schedules = []
  const eve = new Date(`${year - 1}-12-31T22:30:00Z`)
  for (const { cron, days, moment } of patterns) {
    const { id, name } = await office.schedule({ cron })
    // As if it had been made on New Year's Eve.
    const first = daysOf.filter(days).map(moment)[0]
    await office.database.reportTurn.update({ where: { scheduleId: id }, data: { dueAt: new Date(first ?? '') } })
    schedules.push({ id, name, expected: daysOf.filter(days).map(moment) })
  }
  const roll = dice(7)
  let dying = true
  office.server.judge.recipient = () => (dying && roll() < 0.15 ? 'die' : 'take')
  office.server.judge.mail = () => {
    const chance = dying ? roll() : 1
    if (chance < 0.1) return 'die'
    return chance < 0.2 ? { code: 451 } : 'take'
  }
  office.start()
  const other = openDatabase(office.config.databaseUrl ?? '', { connections: 4, statementTimeout: 30_000 })
  // Every 23 hours, so that no moment is met exactly, and none is skipped over: both processes at once.
  for (let now = eve.getTime(); now < Date.UTC(year + 1, 0, 1, 12); now += 23 * 3_600_000) {
    const moment = new Date(now)
    await Promise.all([office.turns(moment), office.turns(moment, { ...office.work(), database: other })])
  }
  dying = false
  await office.settle()
  await other.$disconnect()

  const mails = await office.database.outgoingMail.findMany({ where: { kind: 'report' } })
  const idsRead = office.server.taken.map(({ messageId }) => messageId)
  for (const { id, name, expected } of schedules) {
    const mailings = await office.database.reportMailing.findMany({
      where: { scheduleId: id },
      orderBy: { period: 'asc' },
    })
    expect([
      name,
      mailings.map(({ period }) => Temporal.Instant.fromEpochMilliseconds(period.getTime()).toString()),
    ]).toEqual([name, expected])
    for (const { mailId } of mailings) {
      const mail = mails.find((one) => one.id === mailId)
      expect(mail).toMatchObject({ state: 'sent', message: null })
      const times = idsRead.filter((one) => one === `<${mailId}@crm.example>`).length
      if (mail?.perhapsTwice) expect([1, 2]).toContain(times)
      else expect(times).toBe(1)
    }
  }
  const all = schedules.flatMap(({ expected }) => expected).length
  expect([mails.length, all]).toEqual([all, 52 + 12 + 7 + 1 + 9])
  expect(mails.some(({ perhapsTwice }) => perhapsTwice)).toBe(true)
  expect(mails.filter(({ perhapsTwice }) => !perhapsTwice).length).toBeGreaterThan(50)
  expect(office.server.taken.every(({ subject }) => subject === 'Report “Legal grounds about to lapse”: 1')).toBe(true)
}, 240_000)

test('what was missed while nothing ran is made up for once, for the last time', async () => {
  const { id } = await office.schedule({ cron: '0 8 * * *' })
  const begun = await office.dueMoment(id)
  const day = 24 * 3_600_000
  await office.turns(new Date(begun.getTime() + 9 * day))
  await office.turns(new Date(begun.getTime() + 9 * day + 60_000))
  const [mailing, ...more] = await office.database.reportMailing.findMany({ where: { scheduleId: id } })
  expect(more).toEqual([])
  expect(Number(mailing?.period)).toBeGreaterThan(begun.getTime() + 8 * day)
})
