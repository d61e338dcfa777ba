import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installationId, type Keys } from '../../src/keys/keys.ts'
import { openKeyStore } from '../../src/keys/store.ts'
import { freshKeystore, withClient } from '../support/database.ts'
import { keyOf, masterKeyText, openTestKeys, openText, sealText, sourceOf } from './support.ts'

let url: string
let one: Keys
let two: Keys
const source = sourceOf(masterKeyText())

beforeAll(async () => {
  url = await freshKeystore()
  ;[one, two] = await Promise.all([openTestKeys(url, source), openTestKeys(url, source)])
})
afterAll(() => Promise.all([one.close(), two.close()]))

const rowOf = (contactId: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query('SELECT * FROM contact_key WHERE contact_id = $1', [contactId])
    return rows[0]
  })

test('a key is random, the same for every process, and not in the database as it is', async () => {
  const [id, other] = [randomUUID(), randomUUID()]
  await one.create([id, other])
  const sealed = sealText(await keyOf(one, id), 'hello')
  expect(openText(await keyOf(two, id), sealed)).toBe('hello')
  const others = await keyOf(two, other)
  expect(() => openText(others, sealed)).toThrow('another key')
  expect((await rowOf(id)).wrapped).toHaveLength(61)
})

test('a key is on disk before its contact is, whatever the server does by default', async () => {
  const store = openKeyStore(url)
  const { rows } = await store.pool.query('SHOW synchronous_commit')
  // The server of the tests has it off.
  expect(await withClient(url, async (client) => (await client.query('SHOW synchronous_commit')).rows)).toEqual([
    { synchronous_commit: 'off' },
  ])
  expect(rows).toEqual([{ synchronous_commit: 'on' }])
  await store.close()
})

test('a process that goes on overwrites keys that are too old, though nobody asks for them', async () => {
  const keys = await openTestKeys(url, source)
  const [id, other] = [randomUUID(), randomUUID()]
  await keys.create([id])
  const key = await keyOf(keys, id)
  const now = performance.now.bind(performance)
  let ahead = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead)
  try {
    // It looks after them whenever it asks what was destroyed.
    for (const passed of [5 * 60_000 + 1, 60_000]) {
      sealText(key, 'hello')
      ahead += passed
      await keys.destroy([other])
    }
    expect(() => sealText(key, 'hello')).toThrow('serves no more')
  } finally {
    clock.mockRestore()
    await keys.close()
  }
})

test('making a key again leaves the one that is there', async () => {
  const id = randomUUID()
  await one.create([id, id])
  const sealed = sealText(await keyOf(one, id), 'hello')
  await Promise.all([one.create([id]), two.create([id]), two.create([randomUUID(), id])])
  expect(openText(await keyOf(two, id), sealed)).toBe('hello')
})

test('many who make keys at the same time share a few statements', async () => {
  const ids = Array.from({ length: 500 }, () => randomUUID())
  await Promise.all(ids.map((id) => one.create([id])))
  const found = await two.find(ids)
  expect(ids.filter((id) => !found.has(id))).toEqual([])
  const statements = await withClient(url, (client) =>
    client.query('SELECT DISTINCT created_at FROM contact_key WHERE contact_id = ANY ($1)', [ids]),
  )
  expect(statements.rowCount).toBeLessThanOrEqual(3)
})

test('two processes that make the same keys at once agree on them', async () => {
  const ids = Array.from({ length: 50 }, () => randomUUID())
  await Promise.all([one.create(ids), two.create(ids.toReversed())])
  for (const id of ids) expect(openText(await keyOf(two, id), sealText(await keyOf(one, id), id))).toBe(id)
})

test('who never had a key is absent', async () => {
  const [id, none] = [randomUUID(), randomUUID()]
  await one.create([id])
  expect([...(await one.find([none, id, none])).keys()]).toEqual([id])
  expect((await one.find([])).size).toBe(0)
})

test('a destroyed key is gone for everybody, also those who have it in hand, and does not come back', async () => {
  const [id, other] = [randomUUID(), randomUUID()]
  await one.create([id, other])
  const held = await Promise.all([keyOf(one, id), keyOf(two, id)])
  const sealed = sealText(held[0], 'hello')
  const others = await keyOf(two, other)
  await one.destroy([id])
  for (const key of held) {
    expect(() => openText(key, sealed)).toThrow('destroyed')
    expect(() => sealText(key, 'more')).toThrow('destroyed')
  }
  for (const keys of [one, two]) {
    expect((await keys.find([id])).get(id)).toBe('destroyed')
    await expect(keys.create([randomUUID(), id])).rejects.toMatchObject({ code: 'NOT_FOUND' })
  }
  expect(await rowOf(id)).toMatchObject({ wrapped: null, master_key: null })
  expect(sealText(others, 'still')).toBeDefined()
})

test('one caller who may not make a key does not stop the others who ask at the same time', async () => {
  const gone = randomUUID()
  await one.destroy([gone])
  const fresh = Array.from({ length: 20 }, () => randomUUID())
  const outcomes = await Promise.allSettled([...fresh, gone].map((id) => one.create([id])))
  expect(outcomes.map(({ status }) => status)).toEqual([...fresh.map(() => 'fulfilled'), 'rejected'])
  expect((await two.find(fresh)).size).toBe(20)
})

test('the key of what concerns no contact is there, and stays', async () => {
  expect(openText(await keyOf(two, installationId), sealText(await keyOf(one, installationId), 'hello'))).toBe('hello')
  await expect(one.destroy([installationId])).rejects.toThrow('stays')
})

test('whatever is made, found and destroyed at the same time: after a destruction nobody opens anything', async () => {
  const processes = fc.constantFrom(0, 1)
  const action = fc.record({
    by: processes,
    what: fc.constantFrom('create' as const, 'find' as const, 'destroy' as const),
    who: fc.nat(3),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 2, maxLength: 30 }), async (actions) => {
      const ids = Array.from({ length: 4 }, () => randomUUID())
      const sealed = new Map<string, Uint8Array>()
      await one.create(ids)
      for (const id of ids) sealed.set(id, sealText(await keyOf(one, id), id))
      const destroyed = new Set<string>()
      await Promise.all(
        actions.map(async ({ by, what, who }) => {
          const keys = by === 0 ? one : two
          const id = ids[who] ?? ''
          if (what === 'create') await keys.create([id]).catch((error) => expect(error.code).toBe('NOT_FOUND'))
          else if (what === 'destroy') {
            await keys.destroy([id])
            destroyed.add(id)
          } else {
            const goneBefore = destroyed.has(id)
            const key = (await keys.find([id])).get(id)
            if (goneBefore) expect(key).toBe('destroyed')
            if (key && key !== 'destroyed' && destroyed.has(id)) {
              expect(() => openText(key, sealed.get(id) ?? new Uint8Array())).toThrow()
            }
          }
        }),
      )
      for (const keys of [one, two]) {
        const found = await keys.find(ids)
        for (const id of ids) expect(found.get(id) === 'destroyed').toBe(destroyed.has(id))
      }
    }),
    { numRuns: 60 },
  )
})

test('a key that was damaged or put to another contact fails by itself, not those found with it', async () => {
  const [sound, damaged, moved] = [randomUUID(), randomUUID(), randomUUID()]
  await one.create([sound, damaged, moved])
  await withClient(url, async (client) => {
    const wrapped = '(SELECT wrapped FROM contact_key WHERE contact_id = $1)'
    await client.query(`UPDATE contact_key SET wrapped = ${wrapped} WHERE contact_id = $2`, [sound, moved])
    const flip = 'set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)'
    await client.query(`UPDATE contact_key SET wrapped = ${flip} WHERE contact_id = $1`, [damaged])
  })
  const found = await two.find([sound, damaged, moved])
  expect(sealText(await keyOf(two, sound), 'hello')).toBeDefined()
  for (const id of [damaged, moved]) {
    const key = found.get(id)
    expect(() => key && key !== 'destroyed' && sealText(key, 'hello')).toThrow(`${id} can't be unwrapped`)
  }
})

test('a key store that was set back to an earlier state: nothing in memory counts any more', async () => {
  const fresh = await freshKeystore()
  const keys = await openTestKeys(fresh, source)
  const [id, other] = [randomUUID(), randomUUID()]
  await keys.create([id, other])
  const held = await keyOf(keys, id)
  await keys.destroy([other])
  await withClient(fresh, (client) => client.query('UPDATE keystore_state SET destructions = 0; NOTIFY lethe_keys'))
  await vi.waitFor(() => expect(() => sealText(held, 'hello')).toThrow('destroyed'))
  expect(sealText(await keyOf(keys, id), 'hello')).toBeDefined()
  await keys.close()
})

test('who has closed the key store can use no key any more', async () => {
  const keys = await openTestKeys(url, source)
  const id = randomUUID()
  await keys.create([id])
  const held = await keyOf(keys, id)
  await keys.close()
  expect(() => sealText(held, 'hello')).toThrow()
  await expect(keys.find([id])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
