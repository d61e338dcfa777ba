import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.ts'
import { LetheError } from '../../src/graphql/errors.ts'
import { giveBack, type Policy, takeAttempt } from '../../src/modules/identity/sign-in/attempt-level.ts'
import { networkOf, rememberPlace, takePasswordAttempt } from '../../src/modules/identity/sign-in/attempts.ts'
import { createSecrets } from '../../src/secrets.ts'
import { freshDatabase } from '../support/database.ts'

let database: Database
let elsewhere: Database
beforeAll(async () => {
  const url = await freshDatabase()
  const options = { connections: 8, statementTimeout: 30_000 }
  database = openDatabase(url, options)
  elsewhere = openDatabase(url, options)
})
afterAll(async () => {
  await database.$disconnect()
  await elsewhere.$disconnect()
})

const secrets = createSecrets(randomBytes(32))
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Each test has days of its own, so that what is counted for all doesn't reach into the next. */
let dawn = Date.parse('2030-01-01T00:00:00Z')
const newDays = () => {
  dawn += 1000 * day
  return dawn
}

/** Seconds to wait, or undefined when it was let through. */
async function waitFor(take: Promise<unknown>): Promise<number | undefined> {
  try {
    await take
    return undefined
  } catch (error) {
    if (error instanceof LetheError && error.code === 'TOO_MANY_ATTEMPTS') return Number(error.extensions['retryAfter'])
    throw error
  }
}

/** An account whose owner has a device, and signed in at two places. */
async function newAccount(start: number) {
  const account = randomUUID()
  const homes = ['198.51.100.1', '2001:db8:1:2::3']
  const at = (address: string) => ({ database, secrets, address })
  for (const home of homes) await rememberPlace(at(home), account, new Date(start))
  /** A wrong password, without a device. */
  const guess = (address: string, time: number) =>
    waitFor(takePasswordAttempt(at(address), { account, device: undefined }, new Date(time)))
  /** The right password. */
  const signIn = async (address: string, time: number, device?: string) => {
    const now = new Date(time)
    const wait = waitFor(
      takePasswordAttempt(at(address), { account, device }, now).then((taken) => giveBack(database, taken, now)),
    )
    return wait
  }
  return { account, homes, guess, signIn, device: randomUUID() }
}

const stranger = (n: number) => `203.0.${n >> 8}.${n & 255}`

/** The most of these times that lie within 24 hours. */
const mostInADay = (times: readonly number[]) =>
  Math.max(0, ...times.map((from) => times.filter((time) => time >= from && time <= from + day).length))

describe('ASVS 6.3.1: guesses at one account', () => {
  test('stay under 50 in any 24 hours for who tries all the time, everywhere, and the owner always gets in', async () => {
    const start = newDays()
    const { homes, guess, signIn, device } = await newAccount(start)
    const [office, home = ''] = homes
    const allowed: number[] = []
    for (let time = start, n = 0; time < start + 1.1 * day; time += 30 * minute) {
      // The office is among the addresses that guess, the home is not.
      for (const address of [stranger(n++ % 500), office ?? '']) {
        if ((await guess(address, time)) === undefined) allowed.push(time)
      }
      expect(await signIn(stranger(9999), time, device)).toBeUndefined()
      expect(await signIn(home, time)).toBeUndefined()
    }
    expect(mostInADay(allowed)).toBeLessThan(50)
    // Or they would be refused for another reason.
    expect(mostInADay(allowed)).toBeGreaterThan(20)
  })

  test('stay under 50 in any 24 hours, and the owner always gets in, whatever the order', async () => {
    const gap = fc.oneof(
      fc.constantFrom(0, 1, second, minute, hour, 2 * hour, 12 * hour),
      fc.constant('until the next is let through' as const),
    )
    // The places 0 and 1 are the owner's.
    const step = fc.record({
      gap,
      place: fc.integer({ min: 0, max: 12 }),
      times: fc.integer({ min: 1, max: 4 }),
      owner: fc.constantFrom('device', 'place', 'unknown', undefined, undefined, undefined),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        let time = newDays()
        const { homes, guess, signIn, device } = await newAccount(time)
        const allowed: number[] = []
        const guessedFrom = new Set<number>()
        let wait = 0
        for (const { gap, place, times, owner } of steps) {
          time += typeof gap === 'number' ? gap : wait * second
          const address = homes[place] ?? stranger(place)
          if (owner === 'device') expect(await signIn(address, time, device)).toBeUndefined()
          if (owner === 'unknown') await signIn(stranger(1000), time)
          if (owner === 'place') {
            const free = [0, 1].find((home) => !guessedFrom.has(home))
            if (free !== undefined) expect(await signIn(homes[free] ?? '', time)).toBeUndefined()
          }
          for (let n = 0; n < times && owner === undefined; n++) {
            guessedFrom.add(place)
            const refused = await guess(address, time)
            if (refused === undefined) allowed.push(time)
            else wait = refused
          }
        }
        expect(mostInADay(allowed)).toBeLessThan(50)
      }),
      { numRuns: 30 },
    )
  })

  test('have to wait longer each time', async () => {
    let time = newDays()
    const { guess } = await newAccount(time)
    const waits: number[] = []
    for (let n = 0; n < 9; n++) {
      const refused = await guess(stranger(n), time)
      if (refused === undefined) continue
      waits.push(refused)
      time += refused * second
    }
    expect(waits).toEqual([1, 2, expect.any(Number)])
    // Six were let through, and the seventh waits until one of them has leaked.
    expect(waits[2]).toBeGreaterThan(178 * 60)
    expect(waits[2]).toBeLessThanOrEqual(180 * 60)
  })

  test('ASVS 6.3.8: count alike for an unknown account, a known one, and one that is at home at the address', async () => {
    const start = newDays()
    const waits: unknown[][] = []
    for (const account of ['nobody@example.org', randomUUID(), randomUUID()]) {
      const context = { database, secrets, address: `10.0.0.${waits.length}` }
      if (waits.length === 2) await rememberPlace(context, account, new Date(start))
      const mine: unknown[] = []
      for (let n = 0; n < 12; n++) {
        const time = new Date(start + n * 2 * second)
        mine.push(await waitFor(takePasswordAttempt(context, { account, device: undefined }, time)))
      }
      waits.push(mine)
    }
    expect(waits[0]).toContain(undefined)
    expect(waits[0]?.at(-1)).toBeGreaterThan(10_000)
    for (const mine of waits) expect(mine).toEqual(waits[0])
  })
})

describe('an address', () => {
  test('that tries many accounts from ever-new networks of its own /48 is stopped, and other ranges are not', async () => {
    const start = newDays()
    const from = (address: string, n: number) =>
      waitFor(
        takePasswordAttempt(
          { database, secrets, address },
          { account: randomUUID(), device: undefined },
          new Date(start + n * second),
        ),
      )
    let taken = 0
    for (let n = 0; n < 100; n++) if ((await from(`2001:db8:7:${n.toString(16)}::1`, n)) === undefined) taken++
    expect(taken).toBeGreaterThan(20)
    expect(taken).toBeLessThan(60)
    expect(await from('2001:db8:8::1', 100)).toBeUndefined()
  })

  test('that tries many accounts is stopped, by its /64 if it is one of IPv6, and others are not', async () => {
    const start = newDays()
    for (const address of [(_: number) => '192.0.2.1', (n: number) => `2001:db8::${n.toString(16)}`]) {
      const results = []
      for (let n = 0; n < 40; n++) {
        const context = { database, secrets, address: address(n) }
        const attempt = { account: randomUUID(), device: undefined }
        results.push(await waitFor(takePasswordAttempt(context, attempt, new Date(start + n * 5 * second))))
      }
      expect(results.filter((wait) => wait === undefined).length).toBeLessThan(25)
      const other = { database, secrets, address: '2001:db8:0:1::1' }
      const attempt = { account: randomUUID(), device: undefined }
      expect(await waitFor(takePasswordAttempt(other, attempt, new Date(start + hour)))).toBeUndefined()
    }
  })

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['1::', '1:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0'],
    ['', ''],
    ['unknown', 'unknown'],
  ])('%s belongs to %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('a counter', () => {
  const policy: Policy = { capacity: 5, period: hour, free: 5 }

  test('lets through no more than it holds when all come at once, on several processes', async () => {
    for (let round = 0; round < 5; round++) {
      const counters = [randomUUID(), randomUUID(), 'shared'].map((key) => ({
        key,
        policy: { ...policy, capacity: 5 },
      }))
      const now = new Date(newDays())
      const tries = Array.from({ length: 40 }, (_, n) =>
        waitFor(takeAttempt(n % 2 ? database : elsewhere, counters, now)),
      )
      expect((await Promise.all(tries)).filter((wait) => wait === undefined)).toHaveLength(5)
    }
  })

  test('counts nothing of an attempt that another counter refuses', async () => {
    const now = new Date(newDays())
    const [roomy, full] = [randomUUID(), randomUUID()]
    const take = () =>
      takeAttempt(
        database,
        [roomy, full].map((key) => ({ key, policy })),
        now,
      )
    for (let n = 0; n < 5; n++) await takeAttempt(database, [{ key: full, policy }], now)
    for (let n = 0; n < 20; n++) expect(await waitFor(take())).toBe(3600)
    expect(await database.attemptLevel.findUnique({ where: { key: roomy } })).toBeNull()
  })

  test('forgets an attempt that was given back, with the wait that came of it, and no other', async () => {
    const strict: Policy = { capacity: 5, period: hour, free: 0 }
    const key = randomUUID()
    const now = newDays()
    const take = (time: number) => takeAttempt(database, [{ key, policy: strict }], new Date(time))
    await giveBack(database, await take(now), new Date(now + 30))
    const mine = await take(now + 40)
    expect(await waitFor(take(now + 50))).toBe(1)
    await take(now + 1100)
    await giveBack(database, mine, new Date(now + 1200))
    // The wait of the one in between stays.
    expect(await waitFor(take(now + 1300))).toBe(2)
    const row = await database.attemptLevel.findUniqueOrThrow({ where: { key } })
    expect(row.level).toBeCloseTo(1, 2)
  })

  test('opens again when the clock was set back by years', async () => {
    const key = randomUUID()
    const now = newDays()
    for (let n = 0; n < 5; n++) await takeAttempt(database, [{ key, policy }], new Date(now))
    expect(await waitFor(takeAttempt(database, [{ key, policy }], new Date(now)))).toBe(3600)
    expect(await waitFor(takeAttempt(database, [{ key, policy }], new Date(now - 700 * day)))).toBeUndefined()
  })

  test("goes by the database's clock", async () => {
    const key = randomUUID()
    for (let n = 0; n < 5; n++) await takeAttempt(database, [{ key, policy }])
    const wait = await waitFor(takeAttempt(database, [{ key, policy }]))
    expect(wait).toBeGreaterThan(3500)
    expect(wait).toBeLessThanOrEqual(3600)
  })
})
