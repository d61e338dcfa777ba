import { randomUUID } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { listenToDatabase } from '../../src/database/listen.ts'
import { createLog } from '../../src/log.ts'
import { createWaiting } from '../../src/modules/audit/sequencer/waiting.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { checkTree } from './check.ts'
import { connections, machine, writeEntries } from './support.ts'

/** A database with one sequencer that works on it. */
async function scene() {
  const url = await freshDatabase()
  const one = await machine()
  const sequencer = await one.start(url)
  return { url, one, sequencer, pool: connections(url), check: async () => checkTree(url, await one.signer()) }
}

const leafCount = (url: string) =>
  withClient(
    url,
    async (client) => (await client.query<{ count: number }>('SELECT count(*)::int FROM audit_leaf')).rows[0]?.count,
  )

describe('the sequencer', () => {
  test('makes each entry a leaf, about contacts and others, and signs checkpoints', async () => {
    const { sequencer, pool, check } = await scene()
    const contact = randomUUID()
    const ids = [
      ...(await writeEntries(pool, 3)),
      ...(await writeEntries(pool, 4, contact)),
      ...(await writeEntries(pool, 2)),
      ...(await writeEntries(pool, 1, contact)),
    ]
    expect(await sequencer.integration.integrated(ids)).toBe(true)
    const { checkpoints, ids: found } = await check()
    expect(ids.filter((id) => !found.has(id))).toEqual([])
    expect(checkpoints.at(-1)).toMatchObject({ epoch: 1, size: found.size })
    expect(sequencer.state()).toMatchObject({ holds: true, size: found.size, epoch: 1 })
  })

  test('takes entries that nobody waits for, too', async () => {
    const { url, pool, check } = await scene()
    const ids = await writeEntries(pool, 2)
    await expect.poll(() => leafCount(url), { timeout: 5000 }).toBeGreaterThanOrEqual(ids.length)
    await check()
  })

  test('takes a transaction of more entries than fit in one turn, in their order', async () => {
    const { sequencer, pool, check } = await scene()
    const ids = await writeEntries(pool, 12_345)
    expect(await sequencer.integration.integrated(ids)).toBe(true)
    const { ids: found } = await check()
    const own = new Set(ids)
    expect([...found].filter((id) => own.has(id))).toEqual(ids)
  })

  test('waits for transactions that began earlier, and leaves none of them out that commits late', {
    timeout: 60_000,
  }, async () => {
    const { url, sequencer, pool, check } = await scene()
    // It has looked through what there was, whatever its transaction, and goes by transactions from now on.
    await expect.poll(() => databaseNoted(url), { timeout: 30_000 }).toBe(true)
    await withClient(url, async (early) => {
      await early.query('BEGIN')
      const first = await writeEntries(early)
      const second = await writeEntries(pool)
      const waiting = sequencer.integration.integrated(second)
      await writeEntries(pool, 3)
      // Several turns pass, which may not take the second while the first may still come.
      expect(await Promise.race([waiting, passTurns(url)])).not.toBe(true)
      await early.query('COMMIT')
      // On a busy machine, the turns may have taken longer than anybody waits.
      expect(await sequencer.integration.integrated(second)).toBe(true)
      const { ids } = await check()
      const [earlier, later] = [first, second].map(([id = '']) => [...ids].indexOf(id))
      expect(earlier).toBeGreaterThanOrEqual(0)
      expect(later).toBeGreaterThan(earlier ?? 0)
    })
  })

  test('waits no longer for a transaction that is rolled back', async () => {
    const { url, sequencer, pool, check } = await scene()
    await withClient(url, async (early) => {
      await early.query('BEGIN')
      await writeEntries(early)
      const second = await writeEntries(pool)
      const waiting = sequencer.integration.integrated(second)
      await early.query('ROLLBACK')
      expect(await waiting).toBe(true)
      await check()
    })
  })

  test('gives every entry one leaf, however many write and however many sequence', async () => {
    const { url, one, sequencer, pool, check } = await scene()
    const running = [sequencer, await one.start(url), await one.start(url)]
    const contacts = Array.from({ length: 5 }, () => randomUUID())
    await Promise.all(
      contacts.map(async (contact, writer) => {
        for (let round = 0; round < 30; round++) {
          await writeEntries(pool, 1 + (round % 3), contact)
          await writeEntries(pool, 1 + ((round + writer) % 2))
          if (writer > 0 || round % 5 > 0) continue
          // The one at work leaves, another goes on, and a new one comes.
          await expect.poll(() => running.some(({ state }) => state().holds), { timeout: 10_000 }).toBe(true)
          const at = running.findIndex(({ state }) => state().holds)
          await running.splice(at, 1, await one.start(url))[0]?.close()
        }
      }),
    )
    expect(await running[0]?.integration.integrated(await writeEntries(pool))).toBe(true)
    const { ids } = await check()
    expect(ids.size).toBeGreaterThan(5 * 30 * 3)
  })

  test('hands over at once when it ends', async () => {
    const { url, one, sequencer, pool } = await scene()
    await expect.poll(() => sequencer.state().holds).toBe(true)
    const log = createLog('silent', false)
    const notifications = await listenToDatabase(url, log)
    const next = await one.start(url, { notifications })
    expect(next.state().holds).toBe(false)
    await sequencer.close()
    const start = performance.now()
    expect(await next.integration.integrated(await writeEntries(pool))).toBe(true)
    expect(performance.now() - start).toBeLessThan(2000)
    await next.close()
    await notifications.close()
  })

  test('writes nothing once another one has the lease', async () => {
    const { url, one, sequencer, pool, check } = await scene()
    expect(await sequencer.integration.integrated(await writeEntries(pool))).toBe(true)
    const before = await leafCount(url)
    // Another process took it for dead.
    await pastTheGuards(
      url,
      `UPDATE audit_sequencer SET holder = '${randomUUID()}', term = term + 1, lease_until = now() + interval '4 seconds'`,
    )
    await writeEntries(pool)
    await expect.poll(() => sequencer.state().holds, { timeout: 3000 }).toBe(false)
    expect(await leafCount(url)).toBe(before)
    expect(one.logged.some(({ msg }) => String(msg).startsWith('another process'))).toBe(true)
    // Nothing came of that one; its time runs out.
    await expect.poll(() => sequencer.state().holds, { timeout: 10_000 }).toBe(true)
    expect(await sequencer.integration.integrated(await writeEntries(pool))).toBe(true)
    await check()
    // No copy outside says what was not committed.
    expect(sequencer.state().epoch).toBe(1)
    expect(one.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })

  test('does not wait for a lease of before the clock was set back', async () => {
    const url = await freshDatabase()
    await pastTheGuards(
      url,
      `UPDATE audit_sequencer SET holder = '${randomUUID()}', term = 7, lease_until = now() + interval '1 hour'`,
    )
    const sequencer = await (await machine()).start(url)
    await expect.poll(() => sequencer.state().holds, { timeout: 3000 }).toBe(true)
  })

  test('works where nobody may ask which server it is', async () => {
    const url = await freshDatabase()
    await withClient(ownerOf(url), (client) =>
      client.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC'),
    )
    const sequencer = await (await machine()).start(url)
    expect(await sequencer.integration.integrated(await writeEntries(connections(url)))).toBe(true)
  })

  test('does without a leaf for the second of two entries with the same id, and goes on', async () => {
    const { sequencer, pool } = await scene()
    const [id] = await writeEntries(pool, 1, randomUUID())
    await withClient(pool.options.connectionString ?? '', (client) =>
      client.query(
        `INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, fields)
         SELECT gen_random_uuid(), id, request_id, actor_kind, action, operation, entity, entity_id, fields
         FROM audit_entry WHERE id = $1`,
        [id],
      ),
    )
    expect(await sequencer.integration.integrated(await writeEntries(pool))).toBe(true)
  })
})

describe('who waits for integration', () => {
  test('of nothing, waits for nothing', async () => {
    const { sequencer } = await scene()
    expect(await sequencer.integration.integrated([])).toBe(true)
  })

  test('learns of the work of another process', async () => {
    const { url, one, sequencer, pool } = await scene()
    await expect.poll(() => sequencer.state().holds).toBe(true)
    const other = await one.start(url)
    const waits = await Promise.all(
      Array.from({ length: 30 }, async () => other.integration.integrated(await writeEntries(pool, 2))),
    )
    expect(waits.every(Boolean)).toBe(true)
    expect(other.state().holds).toBe(false)
  })

  test('calls for a turn, and waits for ten seconds at most when nobody puts entries into the tree', async () => {
    const pool = connections(await freshDatabase())
    const ids = await writeEntries(pool)
    const hurry = vi.fn()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const waiting = createWaiting({
        pool,
        log: createLog('silent', false),
        notifications: undefined,
        hurry,
      })
      const outcome = waiting.integrated(ids)
      expect(hurry).toHaveBeenCalledOnce()
      vi.advanceTimersByTime(9900)
      waiting.look()
      await expect(Promise.race([outcome, pool.query('SELECT 1').then(() => 'waits')])).resolves.toBe('waits')
      vi.advanceTimersByTime(200)
      expect(await outcome).toBe(false)
    } finally {
      vi.useRealTimers()
    }
  })
})

/** Whether a first pass over all entries is done. */
const databaseNoted = (url: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query("SELECT FROM audit_sequencer WHERE database <> ''")
    return rows.length === 1
  })

/** Settles after the sequencer has looked for entries several times. */
async function passTurns(url: string): Promise<'passed'> {
  const looks = () =>
    withClient(ownerOf(url), async (client) => {
      const { rows } = await client.query<{ count: number }>(
        'SELECT coalesce(sum(seq_scan + idx_scan), 0)::int AS count FROM pg_stat_user_tables WHERE relname = $1',
        ['system_audit_entry'],
      )
      return rows[0]?.count ?? 0
    })
  const before = await looks()
  await expect.poll(looks, { timeout: 20_000 }).toBeGreaterThan(before + 5)
  return 'passed'
}
