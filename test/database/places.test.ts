import { afterAll, beforeAll, expect, test } from 'vitest'
import { listenToDatabase, type Notifications } from '../../src/database/listen.ts'
import { createPlaces, type Places } from '../../src/database/places.ts'
import { createLog } from '../../src/log.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'

// What there may be so many of, over all processes on one database.

const log = createLog('silent', false)
let url: string
const open: Required<Notifications>[] = []
beforeAll(async () => {
  url = await freshDatabase()
})
afterAll(() => Promise.all(open.map((one) => one.close())))

async function connected(): Promise<Places> {
  const notifications = await listenToDatabase(url, log)
  open.push(notifications)
  return notifications.places
}
const asOwner = (statement: string) => withClient(ownerOf(url), async (client) => (await client.query(statement)).rows)
const endSessions = () =>
  asOwner(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'lethe listener'`)
const locks = async () =>
  (
    await asOwner(`SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = 'advisory'`)
  ).length

test('places are taken by one, whoever asks at once, and are free again when they are given back', async () => {
  const [one, other] = [await connected(), await connected()]
  const taken = await Promise.all([one, other, one, other, one].map((at) => at.take('seats', 3)))
  const gained = taken.filter((place) => place !== undefined)
  expect(gained.length).toBe(3)
  expect(await one.take('chairs', 1)).toBeDefined()
  expect(await other.take('chairs', 1)).toBeUndefined()
  gained[0]?.()
  gained[0]?.()
  await expect.poll(() => other.take('seats', 3)).toBeDefined()
  expect(await one.take('seats', 3)).toBeUndefined()
})

test('a process that loses its session keeps its places, and one that ends gives them back', async () => {
  const one = await listenToDatabase(url, log)
  const other = await connected()
  for (let index = 0; index < 2; index++) expect(await one.places.take('beds', 2)).toBeDefined()
  expect(await other.take('beds', 2)).toBeUndefined()
  const before = await locks()
  await endSessions()
  await expect.poll(locks).toBe(before)
  expect(await other.take('beds', 2)).toBeUndefined()
  await one.close()
  await expect.poll(() => other.take('beds', 2)).toBeDefined()
})

test('without a database, each process counts its own', async () => {
  const alone = createPlaces(log)
  const taken = await Promise.all([1, 2, 3].map(() => alone.take('seats', 2)))
  expect(taken.map((place) => place !== undefined)).toEqual([true, true, false])
  taken[1]?.()
  expect(await alone.take('seats', 2)).toBeDefined()
})
