import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noteLapses, startLapseWatch } from '../../src/modules/lawfulness/lapses.ts'
import { plant, uuid } from '../contacts/lists-support.ts'
import { pastTheGuards } from '../support/database.ts'
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

/** Many contacts whose consent lapsed, past GraphQL. */
async function plantLapsed(count: number): Promise<string[]> {
  const ids = (
    await plant(
      registry,
      Array.from({ length: count }, () => ({ columns: { familyName: 'Lapsed' } })),
    )
  ).map(uuid)
  await pastTheGuards(
    registry.config.databaseUrl ?? '',
    `WITH event AS (
       INSERT INTO lawful_basis_event (contact_id, id, kind, purpose_key, ground, occurred_at, valid_from, valid_until, actor_kind)
       SELECT id, gen_random_uuid(), 'given', 'phone', 'consent', now() - interval '9 days', now() - interval '9 days', now() - interval '1 day', 'user'
       FROM unnest($1::uuid[]) id RETURNING *)
     INSERT INTO lawful_basis_period (contact_id, id, purpose_key, ground, is_valid, valid_from, valid_until, event_id, given_at, expires)
     SELECT contact_id, gen_random_uuid(), purpose_key, ground, true, valid_from, valid_until, id, occurred_at, true FROM event`,
    [ids],
  )
  return ids
}

describe('server processes', () => {
  test('tell of many lapses, none twice and none left out, though one is killed while it does', async () => {
    const ids = await plantLapsed(1600)
    const told = async () => {
      const events = await registry.database.lawfulBasisEvent.findMany({
        where: { kind: 'lapsed', contactId: { in: ids } },
      })
      return { events: events.length, contacts: new Set(events.map(({ contactId }) => contactId)).size }
    }
    const start = (folder: string) =>
      lethe(['serve'], {
        LETHE_DATA: folder,
        PORT: '0',
        ...databaseEnvironment(registry.config.databaseUrl ?? ''),
        LETHE_SECRET: 'the same for all processes of this installation',
      })
    const stop = async (run: ReturnType<typeof start>) => {
      run.child.kill('SIGTERM')
      await run.done
    }
    await inFolder((one) =>
      inFolder((other) =>
        inFolder(async (third) => {
          const killed = start(one)
          await expect.poll(async () => (await told()).events, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0)
          killed.child.kill('SIGKILL')
          await killed.done
          expect((await told()).events).toBeLessThan(ids.length)
          const next = [start(other), start(third)]
          await expect.poll(told, { timeout: 60_000 }).toEqual({ events: ids.length, contacts: ids.length })
          await Promise.all(next.map(stop))
        }),
      ),
    )
    expect(await noteLapses(work())).toBe(0)
    expect(await told()).toEqual({ events: ids.length, contacts: ids.length })
  }, 180_000)
})
