import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import type { KeyCache } from './cache.ts'
import type { ContactKey } from './keys.ts'
import type { Ring } from './ring.ts'
import { deriveSealingKey, type SealingKey } from './seal.ts'
import type { KeyStore, WrappedKey } from './store.ts'
import { unwrap } from './wrap.ts'

/** Finds keys: those in memory at once, the others by one statement. */
export function findKeys(options: {
  store: KeyStore
  cache: KeyCache
  ring: Ring
  ready: () => Promise<void>
  log: Logger
}) {
  const { store, cache, ring, ready, log } = options

  async function load(contactIds: readonly string[], found: Map<string, ContactKey | 'destroyed'>): Promise<void> {
    const watch = cache.watch()
    const again: string[] = []
    try {
      for (const row of await store.find(contactIds)) {
        const { contactId } = row
        const key = row.wrapped === null ? 'destroyed' : await unwrapRow(row)
        if (key === 'destroyed') found.set(contactId, key)
        else if (key instanceof Error) found.set(contactId, uselessKey(key))
        // Destroyed since PostgreSQL answered: it has to be asked again.
        else if (watch.revoked(contactId)) again.push(contactId)
        else found.set(contactId, cache.add(contactId, key))
      }
    } finally {
      watch.end()
    }
    if (again.length > 0) await load(again, found)
  }

  /** An error: it can't be unwrapped. That concerns this contact, not the others that were asked for with it. */
  async function unwrapRow({ contactId, wrapped, masterKey: id }: WrappedKey): Promise<SealingKey | Error> {
    try {
      const masterKey = ring.get(id) ?? (await ring.learn(id))
      if (!masterKey) throw new Error(`the master key ${id} is missing`)
      const contactKey = unwrap(masterKey, contactId, wrapped)
      const key = deriveSealingKey(contactKey)
      contactKey.fill(0)
      return key
    } catch (cause) {
      log.error({ contactId, error: loggable(cause) }, 'the key of a contact can not be unwrapped')
      const reason = cause instanceof Error ? cause.message : String(cause)
      return new Error(`The key of ${contactId} can't be unwrapped: ${reason}`, { cause })
    }
  }

  return async (contactIds: readonly string[]): Promise<ReadonlyMap<string, ContactKey | 'destroyed'>> => {
    await ready()
    const found = new Map<string, ContactKey | 'destroyed'>()
    const wanted: string[] = []
    for (const contactId of new Set(contactIds)) {
      const key = cache.get(contactId)
      if (key) found.set(contactId, key)
      else wanted.push(contactId)
    }
    if (wanted.length > 0) await load(wanted, found)
    return found
  }
}

/** Stands for a key that can't be had: tells why to whoever uses it. */
function uselessKey(fault: Error): ContactKey {
  const fail = () => {
    throw fault
  }
  return { seal: fail, open: fail }
}
