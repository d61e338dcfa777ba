import type { MasterKey, MasterKeySource, MasterKeys } from './master-key.ts'

/** The master keys that this process has. */
export type Ring = {
  get: (id: string) => MasterKey | undefined
  ids: () => string[]
  /** The key, read from its source if it is a new one. Undefined: the source doesn't have it. */
  learn: (id: string) => Promise<MasterKey | undefined>
}

// A source may be a service that is asked over a network.
const pauseAfterFailure = 1000

/** Keeps the keys of a source, and reads it again when one is wanted that it didn't have. */
export function createRing(source: MasterKeySource, first: MasterKeys): Ring {
  // Earlier ones stay: what was read from the key store a moment ago may be wrapped by them.
  const keys = new Map<string, MasterKey>()
  const keep = (found: MasterKeys | undefined) => {
    for (const key of found ?? []) keys.set(key.id, key)
  }
  let reading: Promise<void> | undefined
  let notBefore = 0
  keep(first)
  return {
    get: (id) => keys.get(id),
    ids: () => [...keys.keys()],
    learn: async (id) => {
      if (keys.has(id) || performance.now() < notBefore) return keys.get(id)
      notBefore = 0
      reading ??= source
        .read()
        .then(keep)
        .finally(() => {
          reading = undefined
        })
      try {
        await reading
      } finally {
        if (!keys.has(id)) notBefore = performance.now() + pauseAfterFailure
      }
      return keys.get(id)
    },
  }
}
