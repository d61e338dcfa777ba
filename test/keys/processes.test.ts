import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { type Keys, openKeys } from '../../src/keys/keys.ts'
import { fileSource } from '../../src/keys/master-key-file.ts'
import { freshKeystore, serverUrl, withClient } from '../support/database.ts'
import { inFolder } from '../support/lethe.ts'
import type { Order } from './holder.ts'
import { keyOf, sealText } from './support.ts'

// These wait for leases to run out, ten seconds each: all at once.

type Holder = { child: ChildProcess; says: (order?: Order) => Promise<unknown> }
type Scene = { url: string; keys: Keys; id: string; hold: () => Promise<Holder> }

/** A key store, this process with a key, and others that take it in hand. */
const scene = (play: (scene: Scene) => Promise<void>) =>
  inFolder(async (data) => {
    const url = await freshKeystore()
    const keys = await openKeys({ url, masterKeys: fileSource({ data }), log: pino({ level: 'silent' }) })
    const id = randomUUID()
    await keys.create([id])
    const children: ChildProcess[] = []
    const hold = async () => {
      const child = fork(join(import.meta.dirname, 'holder.ts'), [url, data, id], { stdio: 'inherit' })
      children.push(child)
      const says = async (order?: Order) => {
        const answer = once(child, 'message')
        if (order) child.send(order)
        return (await answer)[0]
      }
      expect(await says()).toBe('usable')
      return { child, says }
    }
    try {
      await play({ url, keys, id, hold })
    } finally {
      for (const child of children) child.kill('SIGKILL')
      await keys.close()
    }
  })

const readers = (url: string) =>
  withClient(url, async (client) => (await client.query<{ count: number }>('SELECT count(*)::int FROM reader')).rows[0])

test.concurrent('a key destroyed by one process is refused by the others from that moment on', () =>
  scene(async ({ keys, id, hold }) => {
    const holders = await Promise.all([hold(), hold()])
    const start = performance.now()
    await keys.destroy([id])
    expect(performance.now() - start).toBeLessThan(2000)
    for (const { says } of holders) {
      expect(await says('use')).toMatch('destroyed')
      expect(await says('find')).toBe('destroyed')
    }
  }))

test.concurrent('a killed process holds a destruction up until its lease has run out, and only once', () =>
  scene(async ({ url, keys, id, hold }) => {
    const { child } = await hold()
    child.kill('SIGKILL')
    await once(child, 'exit')
    const start = performance.now()
    await keys.destroy([id])
    expect(performance.now() - start).toBeLessThan(12_000)
    expect(await readers(url)).toEqual({ count: 1 })
    const again = performance.now()
    await keys.destroy([randomUUID()])
    expect(performance.now() - again).toBeLessThan(2000)
  }))

test.concurrent('a process that hangs can use nothing when it wakes up after a destruction', () =>
  scene(async ({ keys, id, hold }) => {
    const { child, says } = await hold()
    child.kill('SIGSTOP')
    let settled = false
    const destruction = keys.destroy([id]).then(() => {
      settled = true
    })
    // It might wake up at any moment, and would be right to use its key until it asks.
    const other = keys.create([randomUUID()])
    await other
    expect(settled).toBe(false)
    await destruction
    child.kill('SIGCONT')
    expect(await says('use')).toMatch(/destroyed|does not answer/)
    expect(await says('find')).toBe('destroyed')
  }))

test.concurrent('without its key store a process is not ready, uses no keys, and goes on when it is back', () =>
  scene(async ({ url, keys, id }) => {
    const held = await keyOf(keys, id)
    const database = new URL(url).pathname.slice(1)
    const allow = (yes: boolean) =>
      withClient(serverUrl('postgres'), async (client) => {
        await client.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS ${yes}`)
        if (!yes)
          await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database])
      })
    expect(keys.unreadiness()).toBeUndefined()
    await allow(false)
    expect(sealText(held, 'still within the lease')).toBeDefined()
    await vi.waitFor(() => expect(keys.unreadiness()).toBe('the key store does not answer'), 15_000)
    expect(() => sealText(held, 'hello')).toThrow('does not answer')
    await expect(keys.find([id])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(keys.destroy([id])).rejects.toThrow()
    await allow(true)
    await vi.waitFor(() => expect(keys.unreadiness()).toBeUndefined(), 15_000)
    expect(sealText(held, 'the same key as before')).toBeDefined()
  }))
