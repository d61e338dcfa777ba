import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKeyCache } from '../../src/keys/cache.ts'
import { createKeys } from '../../src/keys/create.ts'
import { findKeys } from '../../src/keys/find.ts'
import type { Keys } from '../../src/keys/keys.ts'
import { createRing } from '../../src/keys/ring.ts'
import { type KeyStore, openKeyStore } from '../../src/keys/store.ts'
import { freshKeystore, withClient } from '../support/database.ts'
import { keyOf, masterKeyText, openTestKeys, sealText, sourceOf } from './support.ts'

// What happens between a statement and its answer, which a test has to hold up to see.

let url: string
let elsewhere: Keys
let store: KeyStore
const source = sourceOf(masterKeyText())

beforeAll(async () => {
  url = await freshKeystore()
  elsewhere = await openTestKeys(url, source)
  store = openKeyStore(url)
})
afterAll(() => Promise.all([elsewhere.close(), store.close()]))

/** The parts of a process whose key is destroyed after the key store has answered, and before it has the answer. */
async function unlucky(contactId: string) {
  const cache = createKeyCache(() => undefined)
  let before = true
  const destroyed = async <Answer>(answer: Answer) => {
    if (!before) return answer
    before = false
    await elsewhere.destroy([contactId])
    cache.revoke([contactId]) // As the renewal of a lease does.
    return answer
  }
  const ring = createRing(source, await source.read())
  const delayed: KeyStore = {
    ...store,
    find: async (ids) => destroyed(await store.find(ids)),
    insert: async (keys, masterKey) => destroyed(await store.insert(keys, masterKey)),
  }
  const parts = { store: delayed, cache, ring, ready: async () => undefined }
  const [current = ''] = ring.ids()
  return {
    cache,
    find: findKeys({ ...parts, log: pino({ level: 'silent' }) }),
    create: createKeys({ ...parts, current: () => current, refresh: async () => undefined }),
  }
}

test('a key that is destroyed while it is read is neither handed out nor kept', async () => {
  const [id, other] = [randomUUID(), randomUUID()]
  await elsewhere.create([id, other])
  const { find, cache } = await unlucky(id)
  const found = await find([id, other])
  expect(found.get(id)).toBe('destroyed')
  expect(found.get(other)).toBe(cache.get(other))
  expect(cache.get(id)).toBeUndefined()
})

test('a key that is destroyed while it is made is not kept', async () => {
  const id = randomUUID()
  const { create, find, cache } = await unlucky(id)
  await create([id])
  expect(cache.get(id)).toBeUndefined()
  expect((await find([id])).get(id)).toBe('destroyed')
})

test('a process that was taken off the list lists itself again, and acts on what it missed', async () => {
  const keys = await openTestKeys(url, source)
  const id = randomUUID()
  await keys.create([id])
  const held = await keyOf(keys, id)
  const listed = () => withClient(url, async (client) => (await client.query('SELECT FROM reader')).rowCount)
  const before = await listed()
  // Both at once, so that the destruction finds nobody to wait for.
  await withClient(url, (client) => client.query('DELETE FROM reader; NOTIFY lethe_keys'))
  await elsewhere.destroy([id])
  await expect.poll(listed).toBe(before)
  await expect.poll(async () => (await keys.find([id])).get(id)).toBe('destroyed')
  expect(() => sealText(held, 'hello')).toThrow('destroyed')
  await keys.close()
})
