import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuid } from '../contacts/lists-support.ts'
import { inDays } from '../lawfulness/support.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { type Desk, openDesk } from './support.ts'

const secret = 'the same for all processes of this installation'

let desk: Desk
const running = new Set<ChildProcess>()
beforeAll(async () => {
  desk = await openDesk({ mail: true, secret })
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await desk.close()
})

/** A process that reacts. */
async function start(): Promise<ChildProcess> {
  const child = fork(new URL('./reacting-process.ts', import.meta.url), {
    env: {
      PATH: process.env['PATH'],
      ...databaseEnvironment(desk.config.databaseUrl ?? ''),
      LETHE_DATA: desk.config.data,
      LETHE_SECRET: secret,
      LETHE_SMTP_URL: 'smtp://127.0.0.1:1',
      LETHE_MAIL_FROM: 'Lethe <lethe@example.org>',
    },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  await once(child, 'message')
  return child
}

const react = `mutation ($purpose: String!, $parameters: JSON!, $kind: ReportReactionKind!) {
  reactToReport(report: { key: "lapsing" }, parameters: $parameters, reaction: { kind: $kind, purpose: $purpose, reason: "Goes on" }) { id total } }`

const many = 8

test('processes that are killed in the midst of it leave the rest to others: each is renewed once, and asked once', async () => {
  for (const key of ['renewed', 'asked']) await desk.createPurpose({ key })
  const people = await Promise.all(
    Array.from({ length: many }, (_, n) => desk.person({ emails: [{ address: `killed-${n}@example.org` }] })),
  )
  for (const contactId of people)
    await desk.record({ contactId, purpose: 'renewed', ground: 'CONTRACT', validUntil: inDays(5) })
  for (const contactId of people)
    await desk.record({ contactId, purpose: 'asked', ground: 'CONTRACT', validUntil: inDays(5) })
  const order = async (kind: string, purpose: string): Promise<string> =>
    (await desk.ask(react, { kind, purpose, parameters: { purpose } })).reactToReport.id
  const work = (id: string) => desk.database.reportReactionWork.findUnique({ where: { id } })
  const state = async (id: string) => (await desk.database.reportReaction.findUniqueOrThrow({ where: { id } })).state

  let current = await start()
  // The one is killed in the midst of its unit of work; the other after some mails, in the midst of the next one.
  for (const [kind, purpose, done] of [
    ['RENEW', 'renewed', 0],
    ['ASK_FOR_CONSENT', 'asked', 3],
  ] as const) {
    const id = await order(kind, purpose)
    const isAt = async () => {
      const found = await work(id)
      return found?.running && found.changed >= done
    }
    await expect.poll(isAt, { timeout: 60_000, interval: 5 }).toBe(true)
    current.kill('SIGKILL')
    await once(current, 'exit')
    expect(await state(id)).toBe('queued')
    expect((await work(id))?.changed).toBeLessThan(many)
    // As if the lease had run out.
    await desk.database.reportReactionWork.updateMany({ where: { id }, data: { dueAt: new Date(0) } })
    current = await start()
    await expect.poll(() => state(id), { timeout: 120_000, interval: 50 }).toBe('done')
    const { total, changed, skipped } = await desk.database.reportReaction.findUniqueOrThrow({ where: { id } })
    expect([total, changed, skipped]).toEqual([many, many, {}])
  }
  current.disconnect()
  await once(current, 'exit')

  const renewed = await desk.database.lawfulBasisEvent.findMany({ where: { purposeKey: 'renewed', kind: 'renewed' } })
  expect(renewed.map(({ contactId }) => contactId).toSorted()).toEqual(people.map(uuid).toSorted())
  const mails = await desk.database.outgoingMail.findMany({ where: { kind: { contains: 'confirm' } } })
  expect(mails).toHaveLength(many)
  expect(await desk.database.consentRequest.count()).toBe(many)
  expect(await desk.database.reportReactionSubject.count()).toBe(0)
}, 300_000)
