import { randomBytes } from 'node:crypto'
import { sqlState } from '../database/sql-errors.ts'
import { notFound } from '../graphql/errors.ts'
import type { KeyCache } from './cache.ts'
import { groupWrites } from './group.ts'
import type { Ring } from './ring.ts'
import { deriveSealingKey, keyLength } from './seal.ts'
import type { KeyStore } from './store.ts'
import { wrap } from './wrap.ts'

/** Makes keys: each caller's with those of others who ask at the same time. */
export function createKeys(options: {
  store: KeyStore
  cache: KeyCache
  ring: Ring
  ready: () => Promise<void>
  /** The id of the master key that wraps new keys, as far as this process knows. */
  current: () => string
  /** Asks the key store which that is. */
  refresh: () => Promise<void>
}): (contactIds: readonly string[]) => Promise<void> {
  const { store, cache, ring, ready, current, refresh } = options

  /** Returns those that were destroyed. */
  async function write(contactIds: readonly string[]): Promise<Set<string>> {
    // More than once: a rotation may just have made another master key the current one.
    for (let attempt = 1; attempt <= 3; attempt++) {
      const destroyed = await tryToWrite(contactIds)
      if (destroyed) return destroyed
      await refresh()
    }
    throw new Error('The current master key changes too often.')
  }

  /** Undefined: the master key is not the current one any more. */
  async function tryToWrite(contactIds: readonly string[]): Promise<Set<string> | undefined> {
    const masterKey = ring.get(current()) ?? (await ring.learn(current()))
    if (!masterKey) throw new Error(`The master key ${current()} is missing.`)
    const keys = new Map(contactIds.map((contactId) => [contactId, randomBytes(keyLength)]))
    const watch = cache.watch()
    try {
      const rows = [...keys].map(([contactId, key]) => ({ contactId, wrapped: wrap(masterKey, contactId, key) }))
      const done = await store.insert(rows, masterKey)
      if (done.current !== masterKey.id) return undefined
      for (const contactId of done.inserted) {
        const key = keys.get(contactId)
        if (key && !watch.revoked(contactId)) cache.add(contactId, deriveSealingKey(key))
      }
      return new Set(done.destroyed)
    } catch (error) {
      // It was retired between our look at it and the insertion (foreign_key_violation).
      if (sqlState(error) !== '23503') throw error
      return undefined
    } finally {
      watch.end()
      for (const key of keys.values()) key.fill(0)
    }
  }

  const share = groupWrites(async (groups: readonly (readonly string[])[]) => {
    const destroyed = await write([...new Set(groups.flat())])
    return groups.map((contactIds) => contactIds.some((contactId) => destroyed.has(contactId)))
  })

  /** By contact: keys that are being made. Whoever asks for them once more waits, and needs no statement. */
  const underWay = new Map<string, Promise<boolean>>()

  async function make(contactIds: readonly string[]): Promise<boolean> {
    const made = share(contactIds)
    for (const contactId of contactIds) underWay.set(contactId, made)
    try {
      return await made
    } finally {
      for (const contactId of contactIds) underWay.delete(contactId)
    }
  }

  return async (contactIds) => {
    await ready()
    await Promise.all(contactIds.map((contactId) => underWay.get(contactId)))
    const wanted = contactIds.filter((contactId) => !cache.get(contactId))
    if (wanted.length > 0 && (await make(wanted))) throw notFound('contact: it was erased for good')
  }
}
