import { listenToDatabase, type Notifications } from '../database/listen.ts'
import { type PoolState, poolState } from '../database/pool-state.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import { type NotedPosition, refuseGap } from '../ledger/position.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { createKeyCache } from './cache.ts'
import { createKeys } from './create.ts'
import { findKeys } from './find.ts'
import { takeLease } from './lease.ts'
import type { MasterKeySource } from './master-key.ts'
import { matchMasterKeys } from './prepare.ts'
import { waitForReaders } from './readers.ts'
import { createRing, type Ring } from './ring.ts'
import { type KeyStore, keysChannel, openKeyStore } from './store.ts'

/** The id that the key for entries about no contact goes by. It can't be destroyed. */
export const installationId = '00000000-0000-0000-0000-000000000000'

/**
 * The key of one contact: it serves for at least a minute after it was found, unless it is destroyed, and must
 * not be kept for longer. Both functions throw when the key has been destroyed, and while the key store doesn't answer.
 */
export type ContactKey = {
  /** AES-256-GCM, fresh nonce; `place` says table, row, field and version and is additional data. */
  seal: (place: string, content: Uint8Array) => Uint8Array<ArrayBuffer>
  /** Throws if the value was altered, moved, or sealed with another key. */
  open: (place: string, sealed: Uint8Array) => Uint8Array<ArrayBuffer>
}

/** The keys of contacts. Ids are UUIDs in lower case. */
export type Keys = {
  /**
   * Makes the keys that aren't there yet; committed (durable) when it settles. Concurrent calls share one statement.
   * Refuses ids whose key was destroyed: then it throws NOT_FOUND, and the others' keys may have been made.
   */
  create: (contactIds: readonly string[]) => Promise<void>
  /** The keys of these contacts, one statement for those not cached; 'destroyed' for those forgotten; absent: there never was one. */
  find: (contactIds: readonly string[]) => Promise<ReadonlyMap<string, ContactKey | 'destroyed'>>
  /**
   * Destroys keys for good, and keeps them from being made again. Settles when no process can use them any more: after
   * milliseconds, or, if a process hangs or was killed, after the ten seconds that it may go on without asking.
   *
   * The wrapped key is overwritten by a mark. What PostgreSQL keeps of it for a while (free space in pages, its log, copies
   * of the key store) is of use to nobody without the master key, and to nobody at all once that was rotated.
   */
  destroy: (contactIds: readonly string[]) => Promise<void>
  /** Whose keys were destroyed, page by page. */
  destroyed: () => AsyncIterable<readonly string[]>
  /** How far the destructions are done that the erasure ledger of an installation tells of. Undefined: none is known of. */
  ledgerPosition: (installation: string) => Promise<NotedPosition | undefined>
  /** Notes that the destructions of an entry are done. Nothing happens where they were before; refuses an entry that doesn't follow. */
  noteLedger: (entry: LedgerEntry) => Promise<void>
  /** Notes the first entry of another ledger, whatever was noted before. */
  resetLedger: (entry: LedgerEntry) => Promise<void>
  /** Why keys can't be used now, if so: for readiness. */
  unreadiness: () => string | undefined
  /** How its connections to the key store are doing. */
  connections: () => PoolState
  close: () => Promise<void>
}

/**
 * Opens the key store, whose database is at this version. Throws a StartError if the master key isn't the one of this key
 * store.
 */
export async function openKeys({
  url,
  masterKeys,
  log,
  mayBegin = async () => true,
}: {
  url: string
  masterKeys: MasterKeySource
  log: Logger
  /** Asked where the key store has no keys yet: whether it may begin with new ones. Default: yes. */
  mayBegin?: () => Promise<boolean>
}): Promise<Keys> {
  const store = openKeyStore(url)
  try {
    const ring = createRing(masterKeys, await matchMasterKeys(store.pool, masterKeys, mayBegin))
    return await serveKeys({ url, store, ring, log, mayBegin })
  } catch (error) {
    await store.close()
    throw error
  }
}

type Opened = { url: string; store: KeyStore; ring: Ring; log: Logger; mayBegin: () => Promise<boolean> }

async function serveKeys({ url, store, ring, log, mayBegin }: Opened) {
  const { pool } = store
  let current = ''
  let renew: (() => Promise<void>) | undefined
  const cache = createKeyCache(() => lease.check())
  const lease = await takeLease({
    pool,
    log,
    masterKeys: ring.ids,
    onDestroyed: (contactIds) => {
      cache.revoke(contactIds)
      cache.sweep()
    },
    onMasterKeys: (wrapping, ids) => {
      current = wrapping
      for (const id of ids) if (!ring.get(id)) learn(id)
    },
  })
  /** Beside everything else, since the source may take its time; then says that it is known. */
  function learn(id: string) {
    const missing = { masterKey: id }
    ring.learn(id).then(
      (key) => (key ? renew?.() : log.warn(missing, 'this process does not have the new master key')),
      (error: unknown) => log.error({ ...missing, error: loggable(error) }, 'the master keys can not be read'),
    )
  }

  const { ready } = lease
  renew = lease.renew
  let notifications: Notifications | undefined
  const keys: Keys = {
    create: createKeys({ store, cache, ring, ready, current: () => current, refresh: lease.renew }),
    find: findKeys({ store, cache, ring, ready, log }),
    destroy: async (contactIds) => {
      if (contactIds.includes(installationId)) throw new Error('The key of the installation stays.')
      if (contactIds.length === 0) return
      const generation = await store.destroy([...new Set(contactIds)])
      await Promise.all([lease.renew(), waitForReaders(pool, generation)])
    },
    destroyed: store.destroyed,
    ledgerPosition: store.ledgerPosition,
    noteLedger: async (entry) => {
      if (await store.noteLedger(entry)) return
      refuseGap(await store.ledgerPosition(entry.installation), entry, 'the key store')
    },
    resetLedger: store.resetLedger,
    connections: () => poolState(pool),
    unreadiness: () => (lease.holds() ? undefined : 'the key store does not answer'),
    close: async () => {
      await notifications?.close()
      await lease.close()
      cache.revoke()
      await store.close()
    },
  }
  try {
    notifications = await listenToDatabase(url, log)
    notifications.on(keysChannel, () => void lease.renew())
    const begun = (await keys.find([installationId])).size > 0
    if (!begun && (await mayBegin())) await keys.create([installationId])
    return keys
  } catch (error) {
    await keys.close()
    throw error
  }
}
