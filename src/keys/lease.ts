import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { LetheError } from '../graphql/errors.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { askDestructions, leaseLength, registerReader, unregisterReader } from './readers.ts'

/** A process's permission to use keys that it has in memory. */
export type Lease = {
  holds: () => boolean
  /** Throws if keys can't be used at this moment. */
  check: () => void
  /** Settles once the lease holds; throws if it can't be had. */
  ready: () => Promise<void>
  /** Asks the key store what was destroyed, acts on it, and tells that it has. */
  renew: () => Promise<void>
  close: () => Promise<void>
}

const renewEvery = 3000
const tryAgainAfter = 1000

/**
 * Lists this process among the readers of the key store, and keeps its lease.
 *
 * The rule that makes destruction certain: a lease begins when it was asked for, and only a row that was there already can
 * be renewed. So whoever destroys a key and then reads the rows sees every process that may have it, and each of them
 * either says that it knows, or is done with all keys when the lease has run out.
 */
export async function takeLease(options: {
  pool: pg.Pool
  log: Logger
  /** Told before the lease goes on. Without ids: anything may have been destroyed. */
  onDestroyed: (contactIds?: readonly string[]) => void
  /** Told which master keys are in use, and which one wraps new keys. */
  onMasterKeys: (current: string, ids: readonly string[]) => void
  masterKeys: () => string[]
}): Promise<Lease> {
  const { pool, log, onDestroyed, onMasterKeys, masterKeys } = options
  const id = randomUUID()
  // By both clocks: one stands still while the machine sleeps, the other may be set.
  let until = { monotonic: 0, wall: 0 }
  let generation = await registerReader(pool, id, masterKeys())
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let failing = false

  const holds = () => performance.now() < until.monotonic && Date.now() < until.wall

  async function renewOnce() {
    for (;;) {
      const monotonic = performance.now() + leaseLength
      const wall = Date.now() + leaseLength
      const answer = await askDestructions(pool, id, generation, masterKeys())
      if (!answer.listed) {
        await registerReader(pool, id, masterKeys(), generation)
        continue
      }
      onMasterKeys(answer.current, answer.masterKeys)
      // A key store that was set back to an earlier state counts its destructions anew.
      onDestroyed(answer.generation < generation ? undefined : answer.destroyed)
      if (answer.generation === generation) {
        until = { monotonic, wall }
        return
      }
      generation = answer.generation // And once more, to say so: others wait for that.
    }
  }

  function renew(): Promise<void> {
    if (closed) return Promise.resolve()
    if (running) {
      // It may have asked before that happened what the caller wants to know of.
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined
          return renew()
        })
      return next
    }
    clearTimeout(timer)
    running = renewOnce()
      .then(
        () => {
          if (failing) log.info('the key store answers again')
          failing = false
          return renewEvery
        },
        (error: unknown) => {
          if (!failing) log.warn({ error: loggable(error) }, 'the key store does not answer')
          failing = true
          return tryAgainAfter
        },
      )
      .then((pause) => {
        running = undefined
        if (!closed) timer = setTimeout(() => void renew(), pause).unref()
      })
    return running
  }

  const check = () => {
    if (!holds()) throw new LetheError('UNAVAILABLE', 'The key store does not answer. Try again in a moment.')
  }
  await renewOnce()
  timer = setTimeout(() => void renew(), renewEvery).unref()
  return {
    holds,
    check,
    ready: async () => {
      if (!holds()) await renew()
      check()
    },
    renew,
    close: async () => {
      closed = true
      clearTimeout(timer)
      await running
      until = { monotonic: 0, wall: 0 }
      await unregisterReader(pool, id)
    },
  }
}
