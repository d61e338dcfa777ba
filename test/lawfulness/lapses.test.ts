import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noteLapses, startLapseWatch } from '../../src/modules/lawfulness/lapses.ts'
import { uuid } from '../contacts/lists-support.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { inFolder, lethe } from '../support/lethe.ts'
import { inDays, openRegistry, type Registry } from './support.ts'

// That a ground has lapsed needs nobody to say so; that the log tells it, once, is a worker's job.

let registry: Registry
beforeAll(async () => {
  registry = await openRegistry()
})
afterAll(() => registry.close())

const work = () => ({ ...registry.work, requestId: randomUUID() })

const lapsesOf = (...ids: string[]) =>
  registry.database.lawfulBasisEvent.findMany({ where: { kind: 'lapsed', contactId: { in: ids.map(uuid) } } })

/** Contacts whose consent lapsed a day ago. */
const lapsed = (count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const contactId = await registry.person()
      await registry.record({
        contactId,
        purpose: 'phone',
        ground: 'CONSENT',
        givenAt: inDays(-9),
        validUntil: inDays(-1),
      })
      return contactId
    }),
  )

describe('a ground that has lapsed', () => {
  test('is told to the log once, by the product itself, whoever looks and however often', async () => {
    const ids = await lapsed(5)
    await Promise.all([noteLapses(work()), noteLapses(work()), noteLapses(work())])
    expect(await noteLapses(work())).toBe(0)
    const events = await lapsesOf(...ids)
    expect(events.map(({ contactId }) => contactId).toSorted()).toEqual(ids.map(uuid).toSorted())
    const [event] = events
    expect(event).toMatchObject({ ground: 'consent', purposeKey: 'phone', actorKind: 'system', actorId: null })
    const entries = await registry.database.auditEntry.findMany({ where: { entityId: event?.id ?? '' } })
    expect(entries).toMatchObject([{ operation: 'noteLapses', actorKind: 'system', action: 'created' }])
  })

  test('stays told when more is recorded about the contact', async () => {
    const [contactId = ''] = await lapsed(1)
    await noteLapses(work())
    await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT' })
    expect(await noteLapses(work())).toBe(0)
    expect(await lapsesOf(contactId)).toHaveLength(1)
  })

  test('is not one that was withdrawn, or given anew in time', async () => {
    const [withdrawn, renewed] = [await registry.person(), await registry.person()]
    const draft = { purpose: 'phone', ground: 'CONSENT', givenAt: inDays(-9), validUntil: inDays(-1) }
    for (const contactId of [withdrawn, renewed]) await registry.record({ contactId, ...draft })
    await registry.withdraw({ contactId: withdrawn, purpose: 'phone', at: inDays(-3) })
    await registry.record({ contactId: renewed, ...draft, givenAt: inDays(-3), validUntil: inDays(3) })
    await noteLapses(work())
    expect(await lapsesOf(withdrawn, renewed)).toEqual([])
  })

  test('is noticed when its time comes', async () => {
    const contactId = await registry.person()
    const validUntil = new Date(Date.now() + 400).toISOString()
    await registry.record({ contactId, purpose: 'phone', ground: 'CONSENT', validUntil })
    const watch = startLapseWatch(registry.work)
    await expect
      .poll(() => lapsesOf(contactId), { timeout: 5000 })
      .toMatchObject([{ occurredAt: new Date(validUntil) }])
    await watch.close()
  })
})

describe('a server process', () => {
  test('killed while it tells of many lapses leaves none out, and tells none twice', async () => {
    const ids = await lapsed(40)
    const settings = (folder: string) => ({
      LETHE_DATA: folder,
      PORT: '0',
      ...databaseEnvironment(registry.config.databaseUrl ?? ''),
      LETHE_SECRET: 'the same for all processes of this installation',
    })
    await inFolder(async (folder) => {
      const killed = lethe(['serve'], settings(folder))
      await killed.says(/Lethe is ready/)
      killed.child.kill('SIGKILL')
      await killed.done
      const next = lethe(['serve'], settings(folder))
      await expect.poll(async () => (await lapsesOf(...ids)).length, { timeout: 30_000 }).toBe(ids.length)
      next.child.kill('SIGTERM')
      await next.done
    })
    const told = new Set((await lapsesOf(...ids)).map(({ contactId }) => contactId))
    expect(told.size).toBe(ids.length)
  }, 60_000)
})
