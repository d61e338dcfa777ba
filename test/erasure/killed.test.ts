import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bringUp } from '../../src/ledger/bring-up.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { endRetained } from '../../src/modules/retention/kept/end.ts'
import { pastTheGuards } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { facts, wholeContact } from '../support/erasure.ts'
import { type Bureau, globalId, openBureau } from './engine-support.ts'

let bureau: Bureau
const running = new Set<ChildProcess>()
beforeAll(async () => {
  bureau = await openBureau()
}, 60_000)
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await bureau?.close()
})

/** A process that erases, on the same installation. */
async function start(): Promise<ChildProcess> {
  const child = fork(new URL('./erase-process.ts', import.meta.url), {
    env: {
      PATH: process.env['PATH'],
      LETHE_DATA: bureau.config.data,
      ...databaseEnvironment(bureau.config.databaseUrl ?? ''),
    },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  await once(child, 'message')
  return child
}

/** Somebody with an order that the law wants kept. */
async function customer(): Promise<string> {
  const id = await bureau.contact({ givenName: 'Ida', emails: [{ address: `ida-${randomUUID()}@example.org` }] })
  const input = {
    ...{ contactId: globalId(id), number: randomUUID(), placedAt: new Date().toISOString(), currency: 'EUR' },
    lines: [{ description: 'Tea', quantity: '1', unitPrice: '2', taxRate: '7' }],
  }
  await bureau.ask('mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }', { input })
  return id
}

/** What there is of somebody after the next start. */
async function stateOf(contactId: string, erasureId: string) {
  await bringUp(bureau.work())
  const { database, keys, ledger } = bureau.work()
  let entries = 0
  for await (const { body } of ledger.after(undefined)) if (body['erasureId'] === erasureId) entries++
  const where = { contactId }
  return {
    contact: await database.contact.count({ where: { id: contactId } }),
    points: await database.contactPoint.count({ where }),
    orders: await database.order.count({ where }),
    key: (await keys.find([contactId])).get(contactId) === 'destroyed' ? 'destroyed' : 'there',
    entries,
    executed: await database.erasure.count({ where: { id: erasureId, state: 'executed' } }),
    retained: await database.retainedRecord.count({ where: { erasureId, settled: true } }),
  }
}

const untouched = { contact: 1, points: 1, orders: 1, key: 'there', entries: 0, executed: 0, retained: 0 }
const complete = { contact: 0, points: 0, orders: 0, key: 'destroyed', entries: 1, executed: 1, retained: 1 }

test('killed at any step, an erasure has not begun, or is complete after the next start', async () => {
  const steps: string[] = []
  const first = wholeContact()
  const order = { erasureId: first.erasureId, contactIds: [await customer()], decision: first, facts: facts() }
  await executeErasure(bureau.work(), order, { at: (step) => void steps.push(step) })
  const inModules = steps.filter((step) => step.startsWith('erased '))
  expect(inModules.length).toBeGreaterThan(10)
  // Within the one transaction, one is as good as all; before the first step and after the last there is nothing to be cut off.
  const tried = steps.slice(1, -1).filter((step) => !inModules.includes(step) || step === 'erased orders')
  const durable = steps.indexOf('entered')
  expect(durable).toBeGreaterThan(0)
  let next = start()
  for (const step of tried) {
    const child = await next
    if (step !== tried.at(-1)) next = start()
    const [contactId, erasureId] = [await customer(), randomUUID()]
    const gone = once(child, 'exit')
    child.send({ contactId, erasureId, step })
    const [, signal] = await gone
    expect([step, signal]).toEqual([step, 'SIGKILL'])
    const expected = steps.indexOf(step) < durable ? untouched : complete
    expect({ step, ...(await stateOf(contactId, erasureId)) }).toEqual({ step, ...expected })
  }
}, 600_000)

test('killed while what was kept comes to its end, it is all there, or gone with its key after the next start', async () => {
  const { database, keys, ledger } = bureau.work()
  const url = bureau.config.databaseUrl ?? ''
  let next = start()
  for (const [step, expected] of [
    ['begun', { rows: 1, key: 'there', entries: 0 }],
    ['entered', { rows: 0, key: 'destroyed', entries: 1 }],
    ['removed', { rows: 0, key: 'destroyed', entries: 1 }],
  ] as const) {
    const decision = wholeContact()
    const order = { erasureId: decision.erasureId, contactIds: [await customer()], decision, facts: facts() }
    await executeErasure(bureau.work(), order)
    const { id } = await database.retainedRecord.findFirstOrThrow({ where: { erasureId: decision.erasureId } })
    await pastTheGuards(url, `UPDATE retained_record SET until = '2001-01-01' WHERE id = '${id}'`)
    const child = await next
    if (step !== 'removed') next = start()
    const gone = once(child, 'exit')
    child.send({ step })
    expect([step, (await gone)[1]]).toEqual([step, 'SIGKILL'])
    await bringUp(bureau.work())
    let entries = 0
    for await (const { body } of ledger.after(undefined)) if (JSON.stringify(body['ids'])?.includes(id)) entries++
    const rows = await database.retainedRecord.count({ where: { id } })
    const key = (await keys.find([id])).get(id) === 'destroyed' ? 'destroyed' : 'there'
    expect({ step, rows, key, entries }).toEqual({ step, ...expected })
  }
  expect(await endRetained(bureau.work())).toBe(0)
}, 120_000)
