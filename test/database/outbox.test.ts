import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Prisma } from '#prisma/client.ts'
import { rowsIn } from '../../src/database/rows-in.ts'
import { isUnavailable, isUniqueViolation } from '../../src/database/sql-errors.ts'
import { transact } from '../../src/database/transact.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'

// What a unit of work writes without waiting for an answer is all there in the end, or nothing is, and why it is told.

let context: TestContext
let owner: string

beforeAll(async () => {
  const url = await freshDatabase()
  owner = ownerOf(url)
  await asOwner(`CREATE TABLE probe (id int PRIMARY KEY, told text NOT NULL DEFAULT '');
    CREATE TABLE count (id int PRIMARY KEY, sum int NOT NULL); INSERT INTO count VALUES (1, 0), (2, 0);
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(5); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON probe DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.told = 'slow') EXECUTE FUNCTION wait();
    GRANT ALL ON probe, count TO lethe_app`)
  context = testContext(url)
})
afterAll(() => context.close())

const asOwner = (statement: string) => withClient(owner, async (client) => (await client.query(statement)).rows)
const add = (id: number, told = '') => Prisma.sql`INSERT INTO probe (id, told) VALUES (${id}::int, ${told})`
const ids = async () => (await asOwner('SELECT id FROM probe ORDER BY id')).map(({ id }) => id)
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isUniqueViolation(error) ? 'unique' : isUnavailable(error) ? 'unavailable' : String(error)),
  )

test('all that was written is there, and what is read sees it', async () => {
  const seen = await transact(context, 'probe', async (tx) => {
    tx.$later(add(1))
    tx.$later(add(2))
    const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM probe`
    tx.$later(add(3))
    return row?.count
  })
  expect(seen).toBe(2)
  expect(await ids()).toEqual([1, 2, 3])
})

test('what is read together is done in its order, and the first that fails says why, whoever is told of it first', async () => {
  const together = (first: Prisma.Sql) =>
    transact(context, 'probe', (tx) =>
      tx.$together(() => {
        // Whoever takes longer to pass an answer on is not overtaken by those who only failed along with it.
        const written = rowsIn<{ id: number }>(tx, first).then(async (rows) => Promise.resolve(rows))
        return Promise.all([rowsIn<{ count: number }>(tx, count), written])
      }),
    )
  const count = Prisma.sql`SELECT count(*)::int AS count FROM probe WHERE id = 4`
  const [[counted], written] = await together(Prisma.sql`${add(4)} RETURNING id`)
  expect([counted?.count, written]).toEqual([1, [{ id: 4 }]])
  expect(await code(together(Prisma.sql`${add(4)} RETURNING id`))).toBe('unique')
  await asOwner('DELETE FROM probe WHERE id = 4')
})

test('a statement that fails takes all of them along, whoever waits for what comes after it', async () => {
  const twice = (read: boolean, isCaught: boolean) =>
    code(
      transact(context, 'probe', async (tx) => {
        tx.$later(add(10))
        tx.$later(add(1))
        tx.$later(add(11))
        if (!read) return
        const reading = tx.$queryRaw`SELECT 1`
        await (isCaught ? reading.catch(() => undefined) : reading)
      }),
    )
  expect(await twice(false, false)).toBe('unique')
  expect(await twice(true, false)).toBe('unique')
  expect(await twice(true, true)).toBe('unique')
  expect(await ids()).toEqual([1, 2, 3])
})

test('a statement that somebody waits for fails as itself, also when nobody minds', async () => {
  const fails = (isCaught: boolean) =>
    code(
      transact(context, 'probe', async (tx) => {
        tx.$later(add(12))
        const writing = tx.$executeRaw(add(2))
        await (isCaught ? writing.catch(() => undefined) : writing)
      }),
    )
  expect(await fails(false)).toBe('unique')
  expect(await fails(true)).toContain('a statement of the transaction had failed')
  expect(await ids()).toEqual([1, 2, 3])
})

test('who collides tries again: by snapshots that are too old, and by waiting for each other', async () => {
  const rise = (first: number, second: number) =>
    transact(context, 'probe', async (tx) => {
      await tx.$queryRaw`SELECT 1` // Its snapshot.
      tx.$later(Prisma.sql`UPDATE count SET sum = sum + 1 WHERE id = ${first}::int`)
      await tx.$queryRaw`SELECT 2`
      await setTimeout(20)
      tx.$later(Prisma.sql`UPDATE count SET sum = sum + 1 WHERE id = ${second}::int`)
    })
  await Promise.all([rise(1, 2), rise(2, 1)])
  expect(await asOwner('SELECT sum FROM count')).toEqual([{ sum: 2 }, { sum: 2 }])
})

test('what takes too long leaves nothing behind, neither in the database nor on the connection', async () => {
  const late = transact(
    context,
    'probe',
    async (tx) => {
      tx.$later(add(20))
      await tx.$queryRaw`SELECT 1`
      tx.$later(add(21))
      await setTimeout(300)
      tx.$later(add(22))
      await tx.$queryRaw`SELECT 1`
    },
    { timeout: 100 },
  )
  await expect(late).rejects.toThrow()
  const others = Array.from({ length: 10 }, (_, index) =>
    transact(context, 'probe', async (tx) => tx.$later(add(30 + index))),
  )
  await Promise.all(others)
  expect(await ids()).toEqual([1, 2, 3, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39])
})

test('a connection that breaks is told of as such, wherever it breaks, and others take its place', async () => {
  const broken = (when: 'before' | 'within' | 'commit') =>
    code(
      transact(context, 'probe', async (tx) => {
        const [self] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
        const end = () => asOwner(`SELECT pg_terminate_backend(${self?.pid})`)
        tx.$later(add(40))
        if (when === 'before') await end()
        if (when === 'within') {
          const [, read] = await Promise.allSettled([setTimeout(50).then(end), tx.$queryRaw`SELECT 1 FROM pg_sleep(5)`])
          if (read.status === 'rejected') throw read.reason
        }
        if (when === 'commit') tx.$later(add(50, 'slow'))
        if (when === 'commit') void setTimeout(50).then(end)
      }),
    )
  expect(await broken('before')).toBe('unavailable')
  expect(await broken('within')).toBe('unavailable')
  expect(await broken('commit')).toBe('unavailable')
  // Until the pool has noticed, somebody else may get that connection.
  await expect.poll(() => code(transact(context, 'probe', async (tx) => tx.$later(add(41))))).toBe('done')
  expect(await ids()).toEqual(expect.not.arrayContaining([40, 50]))
})

test('what a caller gave up is not there', async () => {
  const gone = new AbortController()
  const work = transact({ ...context, signal: gone.signal }, 'probe', async (tx) => {
    tx.$later(add(60))
    await tx.$queryRaw`SELECT 1`
    tx.$later(add(61))
    gone.abort(new Error('gone'))
  })
  await expect(work).rejects.toThrow('gone')
  expect(await ids()).toEqual(expect.not.arrayContaining([60, 61]))
})
