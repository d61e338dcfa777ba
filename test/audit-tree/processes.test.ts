import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { auditKey, databaseEnvironment } from '../support/environment.ts'
import { checkTree, checkTreeIn } from './check.ts'
import { dataFolder, writeEntries } from './support.ts'

const started = new Set<ChildProcess>()
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
})

type Worker = { child: ChildProcess; holds: () => boolean; close: () => Promise<unknown>; kill: () => Promise<unknown> }

/** A process of its own that sequences on this database. */
async function worker(url: string): Promise<Worker> {
  const env = { PATH: process.env['PATH'], LETHE_DATA: await dataFolder(), ...databaseEnvironment(url) }
  const child = fork(new URL('./sequencer-process.ts', import.meta.url), { env, stdio: 'inherit' })
  started.add(child)
  let holds = false
  child.on('message', (message) => {
    holds = message === true
  })
  await once(child, 'message')
  const ended = once(child, 'exit')
  return {
    child,
    holds: () => holds && child.exitCode === null && child.signalCode === null,
    close: () => {
      child.send('close')
      return ended
    },
    kill: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/** Writes entries, a few at a time, until told to stop; says which were committed. */
function load(url: string, writers = 3) {
  const pool = new pg.Pool({ connectionString: url, max: writers })
  pool.on('error', () => undefined)
  let stopped = false
  const acknowledged: string[] = []
  async function write(writer: number) {
    for (let round = writer; !stopped; round++) {
      try {
        acknowledged.push(...(await writeEntries(pool, 1 + (round % 4))))
      } catch {
        // The database is down.
      }
      await wait(10)
    }
  }
  const working = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return {
    acknowledged,
    stop: async () => {
      stopped = true
      await working
      await pool.end()
    },
  }
}

/** How many statements that make leaves wait for a lock. */
const turnsWaiting = (url: string) =>
  withClient(ownerOf(url), async (client) => {
    const { rows } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO audit_leaf%'`,
    )
    return rows.length
  })

/** How many entries have no leaf yet. */
const withoutLeaf = (url: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query(
      'SELECT FROM system_audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)',
    )
    return rows.length
  })

const holderOf = (workers: readonly Worker[]) => workers.find(({ holds }) => holds())
const signer = parseSigner(auditKey)

describe('sequencing processes', () => {
  test('killed in the middle of their turns leave no gap and no index twice', { timeout: 180_000 }, async () => {
    const url = await freshDatabase()
    let workers = await Promise.all([1, 2].map(() => worker(url)))
    const writing = load(url)
    for (let round = 0; round < 5; round++) {
      await expect.poll(() => holderOf(workers) !== undefined, { timeout: 20_000 }).toBe(true)
      const grown = writing.acknowledged.length
      await expect.poll(() => writing.acknowledged.length).toBeGreaterThan(grown + 50)
      const holder = holderOf(workers)
      await holder?.kill()
      // As if the lease of the dead had run out.
      await pastTheGuards(url, `UPDATE audit_sequencer SET lease_until = '-infinity'`)
      workers = [...workers.filter((one) => one !== holder), await worker(url)]
    }
    await writing.stop()
    await expect.poll(() => withoutLeaf(url), { timeout: 30_000 }).toBe(0)
    await Promise.all(workers.map(({ close }) => close()))
    const { ids, checkpoints } = await checkTree(url, signer)
    expect(writing.acknowledged.filter((id) => !ids.has(id))).toEqual([])
    expect(new Set(checkpoints.map(({ epoch }) => epoch))).toEqual(new Set([1]))
  })

  test('killed while PostgreSQL is at their turn leave it done or not, and nobody comes in between', async () => {
    const url = await freshDatabase()
    const first = await worker(url)
    await expect.poll(first.holds, { timeout: 20_000 }).toBe(true)
    const second = await worker(url)
    await withClient(ownerOf(url), async (client) => {
      await client.query('BEGIN')
      await client.query('LOCK TABLE audit_leaf IN EXCLUSIVE MODE')
      await withClient(url, (writer) => writeEntries(writer, 300))
      await expect.poll(() => turnsWaiting(url), { timeout: 10_000 }).toBe(1)
      await first.kill()
      await pastTheGuards(
        url,
        `SET lock_timeout = '200ms'; UPDATE audit_sequencer SET lease_until = '-infinity'`,
      ).catch((error: unknown) => expect(String(error)).toMatch('lock timeout'))
      expect(second.holds()).toBe(false)
      await client.query('COMMIT')
    })
    await expect.poll(second.holds, { timeout: 20_000 }).toBe(true)
    await withClient(url, (writer) => writeEntries(writer, 300))
    await expect.poll(() => withoutLeaf(url), { timeout: 30_000 }).toBe(0)
    await second.close()
    expect((await checkTree(url, signer)).ids.size).toBeGreaterThanOrEqual(600)
  })

  test('that hung and wake up write nothing any more', { timeout: 120_000 }, async () => {
    const url = await freshDatabase()
    const first = await worker(url)
    await expect.poll(first.holds, { timeout: 20_000 }).toBe(true)
    const second = await worker(url)
    const writing = load(url)
    await expect.poll(() => writing.acknowledged.length).toBeGreaterThan(100)
    first.child.kill('SIGSTOP')
    // Until its lease has run out.
    await expect.poll(second.holds, { timeout: 20_000 }).toBe(true)
    const meanwhile = writing.acknowledged.length
    await expect.poll(() => writing.acknowledged.length).toBeGreaterThan(meanwhile + 100)
    first.child.kill('SIGCONT')
    await expect.poll(first.holds, { timeout: 20_000 }).toBe(false)
    expect(second.holds()).toBe(true)
    await writing.stop()
    await expect.poll(() => withoutLeaf(url), { timeout: 30_000 }).toBe(0)
    await Promise.all([first.close(), second.close()])
    const { ids } = await checkTree(url, signer)
    expect(writing.acknowledged.filter((id) => !ids.has(id))).toEqual([])
  })
})

// Where nobody else's transactions are.
describe('on a PostgreSQL of its own', () => {
  let server: Awaited<ReturnType<typeof startEmbedded>>
  let folder: string

  beforeAll(async () => {
    folder = join(await dataFolder(), 'postgres')
    server = await startEmbedded({ folder })
    await migrate(server.url('postgres'))
  })
  afterAll(() => server.release())

  test('a sequencer takes what is left when it ends', async () => {
    const url = server.url('postgres')
    const one = await worker(url)
    await expect.poll(one.holds, { timeout: 20_000 }).toBe(true)
    const ids = await withClient(url, (client) => writeEntries(client, 12_000))
    await one.close()
    expect((await checkTreeIn(url, signer)).ids.size).toBeGreaterThanOrEqual(ids.length)
  })

  test('killed again and again, no leaf is lost and none comes twice', { timeout: 240_000 }, async () => {
    const url = server.url('postgres')
    const workers = await Promise.all([1, 2].map(() => worker(url)))
    const writing = load(url)
    for (let round = 0; round < 3; round++) {
      const grown = writing.acknowledged.length
      await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(grown + 100)
      const [pid] = (await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGKILL')
    }
    const grown = writing.acknowledged.length
    await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(grown + 100)
    await writing.stop()
    await expect.poll(() => withoutLeaf(url), { timeout: 30_000 }).toBe(0)
    await Promise.all(workers.map(({ close }) => close()))
    const { ids, checkpoints } = await checkTreeIn(url, signer)
    expect(writing.acknowledged.filter((id) => !ids.has(id))).toEqual([])
    expect(new Set(checkpoints.map(({ epoch }) => epoch))).toEqual(new Set([1]))
  })
})
