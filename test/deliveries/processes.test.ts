import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseEnvironment } from '../support/environment.ts'
import { type Partner, type Received, startPartner } from './partner.ts'
import { type Stage, startStage } from './support.ts'

const secret = 'the same for all processes of this installation'

let stage: Stage
let partner: Partner
let folder: string
const running = new Set<ChildProcess>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-deliveries-'))
  partner = await startPartner()
  stage = await startStage(partner.ca, { secret })
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await stage.close()
  await partner.close()
  await rm(folder, { recursive: true, force: true })
})

/** A process that delivers. */
async function start(): Promise<ChildProcess> {
  const child = fork(new URL('./sender-process.ts', import.meta.url), {
    env: {
      PATH: process.env['PATH'],
      ...databaseEnvironment(stage.config.databaseUrl ?? ''),
      LETHE_DATA: folder,
      LETHE_SECRET: secret,
      LETHE_WEBHOOK_PRIVATE: 'true',
      LETHE_WEBHOOK_CA: partner.ca,
    },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  await once(child, 'message')
  return child
}

/** Per contact, the ids in the order in which they came, without what came again. */
function orders(received: readonly Received[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { id, body } of received) {
    const ids = found.get(body.data.contact) ?? []
    if (!ids.includes(id)) found.set(body.data.contact, [...ids, id])
  }
  return found
}

test('a thousand changes at once, of two processes one of which is killed again and again: each arrives, in order', async () => {
  await stage.webhook(`${partner.url}/many`)
  await stage.importMany(500)
  // Each objects: another 500, each of which has to come after the other one about its contact.
  await stage.objectAll('newsletter')
  const { length: all } = await stage.database.webhookDelivery.findMany({ select: { id: true } })
  expect(all).toBe(1000)
  let number = 0
  partner.behave(() => (number++ % 23 === 7 ? 'error' : number % 29 === 3 ? 'taken' : 'ok'))
  const steady = await start()
  for (const share of [100, 500]) {
    const doomed = await start()
    await partner.until((received) => received.length >= share)
    doomed.kill('SIGKILL')
    await once(doomed, 'exit')
  }
  const left = () => stage.database.webhookDelivery.count({ where: { state: { not: 'delivered' } } })
  await expect.poll(left, { timeout: 60_000, interval: 250 }).toBe(0)
  steady.disconnect()
  await once(steady, 'exit')

  const expected = await stage.database.consentChange.findMany({ orderBy: [{ transactionId: 'asc' }, { id: 'asc' }] })
  const byContact = Map.groupBy(expected, ({ contactId }) => Buffer.from(`Contact:${contactId}`).toString('base64'))
  const came = orders(partner.received)
  expect(came.size).toBe(500)
  for (const [contact, changes] of byContact) expect(came.get(contact)).toEqual(changes.map(({ id }) => id))
  // Once each, but for those of which nobody knows, and those that were refused.
  const twice = partner.received.length - new Set(partner.received.map(({ id }) => id)).size
  const faults = partner.received.filter(({ behaviour }) => behaviour !== 'ok').length
  expect(twice).toBeLessThanOrEqual(faults + 2 * 4)
}, 180_000)
