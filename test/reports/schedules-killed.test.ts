import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseEnvironment } from '../support/environment.ts'
import { openPostOffice, type PostOffice } from './schedules-support.ts'

let office: PostOffice
const running = new Set<ChildProcess>()
beforeAll(async () => {
  office = await openPostOffice()
  await office.lapsing(5)
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await office.close()
})

async function start(): Promise<ChildProcess> {
  const environment = {
    ...process.env,
    ...databaseEnvironment(office.config.databaseUrl ?? ''),
    LETHE_DATA: office.config.data,
    LETHE_SMTP_URL: office.server.url,
    LETHE_MAIL_FROM: 'Lethe <lethe@crm.example>',
  }
  const child = fork(new URL('schedule-process.ts', import.meta.url), { env: environment, execArgv: [] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  await once(child, 'message')
  return child
}

const day = 24 * 3_600_000

test('processes that are killed at any moment, while they queue and while they send, send each mail once', async () => {
  const ids: string[] = []
  for (let hour = 0; hour < 8; hour++)
    ids.push((await office.schedule({ cron: `0 ${hour} * * *`, evenIfEmpty: true })).id)
  const dues = await Promise.all(ids.map((id) => office.dueMoment(id)))
  const from = Math.max(...dues.map(Number))
  const moments = Array.from({ length: 5 }, (_, index) => new Date(from + index * day).toISOString())

  let [one, other] = await Promise.all([start(), start()])
  const told = async (child: ChildProcess, moment: string) => {
    child.send(moment)
    await Promise.race([once(child, 'message'), once(child, 'exit')])
  }
  // PostgreSQL notices only after a while that somebody is dead who held a row; whoever comes meanwhile leaves it out. A day later, of what
  // had been due twice by then only the last would be made up for.
  const allQueued = (moment: string) =>
    expect
      .poll(async () => {
        await Promise.all([one, other].map((child) => told(child, moment)))
        return office.database.reportTurn.count({ where: { dueAt: { lte: moment } } })
      })
      .toBe(0)
  for (const [index, moment] of moments.entries()) {
    const both = Promise.all([told(one, moment), told(other, moment)])
    if (index % 2 === 0) {
      // In the midst of it: after so many mails, by chance within a transaction, a connection, or between taking and noting.
      const before = office.server.read.length
      await office.server.reads(before + 1 + index)
      one.kill('SIGKILL')
      await both
      ;[one, other] = [other, await start()]
    } else await both
    await allQueued(moment)
  }
  // As if the leases of the dead had run out.
  await office.database.outgoingMail.updateMany({ where: { state: 'sending' }, data: { dueAt: new Date(0) } })
  await office.settle()

  const taken = office.server.taken.map(({ messageId }) => messageId)
  const mails = await office.database.outgoingMail.findMany({ where: { kind: 'report' } })
  for (const id of ids) {
    const mailings = await office.database.reportMailing.findMany({ where: { scheduleId: id } })
    expect(mailings).toHaveLength(moments.length)
    expect(new Set(mailings.map(({ period }) => period.toISOString())).size).toBe(moments.length)
    for (const { mailId } of mailings) {
      const mail = mails.find((found) => found.id === mailId)
      const times = taken.filter((messageId) => messageId === `<${mailId}@crm.example>`).length
      expect(mail?.state).toBe('sent')
      expect([mailId, mail?.perhapsTwice ? [1, 2].includes(times) : times === 1]).toEqual([mailId, true])
    }
  }
  expect(mails).toHaveLength(ids.length * moments.length)
  for (const child of running) child.disconnect()
  await Promise.all([...running].map((child) => once(child, 'exit')))
}, 240_000)
