import { LRUCache } from 'lru-cache'
import type { ContactKey } from './keys.ts'
import { open, type SealingKey, seal, wipe } from './seal.ts'

/** The keys that this process has in memory. */
export type KeyCache = {
  get: (contactId: string) => ContactKey | undefined
  /** Keeps a key, and takes it over: it is overwritten once it has served. */
  add: (contactId: string, key: SealingKey) => ContactKey
  /** Makes keys useless at once, those handed out too. Without ids: all of them. */
  revoke: (contactIds?: readonly string[]) => void
  /** Watches what is revoked while keys are being read, since what was read may be older than that. */
  watch: () => Watch
  /** Overwrites what is too old. */
  sweep: () => void
  size: () => number
}

export type Watch = { revoked: (contactId: string) => boolean; end: () => void }

/** How many keys are kept. */
export const mostKeys = 10_000
/** For how long, in milliseconds. */
export const longestKept = 5 * 60_000
/** How long a key that was handed out still serves when it isn't kept any more, in milliseconds. */
export const longestInUse = 60_000

type Entry = { contactId: string; key: SealingKey | undefined; contactKey: ContactKey }

/**
 * Keeps keys, boundedly. One that makes room for others, or is too old, still serves whoever was handed it for a minute;
 * then it is overwritten.
 *
 * @param checkUse Throws if keys can't be used at this moment.
 */
export function createKeyCache(checkUse: () => void, clock: () => number = () => performance.now()): KeyCache {
  const released = new Map<Entry, number>()
  const watches = new Set<{ ids: Set<string>; all: boolean }>()
  const kept = new LRUCache<string, Entry>({
    max: mostKeys,
    ttl: longestKept,
    ttlResolution: 0,
    perf: { now: clock },
    dispose: (entry) => entry.key && released.set(entry, clock() + longestInUse),
  })

  function revokeEntry(entry: Entry) {
    if (entry.key) wipe(entry.key)
    entry.key = undefined
    released.delete(entry)
  }

  function hold(contactId: string, key: SealingKey): Entry {
    const usable = () => {
      checkUse()
      if (!entry.key) throw new Error('This key serves no more: it was destroyed, or kept for too long.')
      return entry.key
    }
    const contactKey: ContactKey = {
      seal: (place, content) => seal(usable(), place, content),
      open: (place, sealed) => open(usable(), place, sealed),
    }
    const entry: Entry = { contactId, key, contactKey }
    kept.set(contactId, entry)
    return entry
  }

  return {
    get: (contactId) => kept.get(contactId)?.contactKey,
    add: (contactId, key) => {
      const there = kept.get(contactId)
      if (there) wipe(key)
      return (there ?? hold(contactId, key)).contactKey
    },
    revoke: (contactIds) => {
      const gone = contactIds && new Set(contactIds)
      for (const watch of watches) {
        if (gone) for (const id of gone) watch.ids.add(id)
        else watch.all = true
      }
      // What is let go of here is released first, and overwritten from there.
      if (gone) for (const id of gone) kept.delete(id)
      else kept.clear()
      for (const entry of released.keys()) if (!gone || gone.has(entry.contactId)) revokeEntry(entry)
    },
    watch: () => {
      const watch = { ids: new Set<string>(), all: false }
      watches.add(watch)
      return {
        revoked: (contactId) => watch.all || watch.ids.has(contactId),
        end: () => watches.delete(watch),
      }
    },
    sweep: () => {
      kept.purgeStale()
      for (const [entry, until] of released) if (until <= clock()) revokeEntry(entry)
    },
    size: () => kept.size,
  }
}
