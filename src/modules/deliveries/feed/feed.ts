import type { Database } from '../../../database/client.ts'
import type { Notifications } from '../../../database/listen.ts'
import { createPlaces } from '../../../database/places.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { Logger } from '../../../log.ts'
import { loggable } from '../../../log-error.ts'
import type { Place } from './cursor.ts'

/** Where this process hears of changes, for all who subscribed to them here. */
export type ChangeFeed = {
  /** Lets somebody subscribe; afterwards they have to let go. Throws LIMIT_EXCEEDED, or UNAVAILABLE when it is about to stop. */
  admit: (caller: string) => Promise<() => void>
  /** Makes sure that whatever is committed by now is numbered. Returns the place of the newest change. */
  reach: () => Promise<Place>
  /** Counts up whenever there may be more. */
  readonly calls: number
  /** Settles when there may be more than at that call, when it is time to look whether one may still listen, or at the end. */
  next: (call: number, signal: AbortSignal) => Promise<void>
  readonly closed: boolean
  /** Whether it hears of changes by itself. Else one has to look. */
  readonly notified: boolean
  /** Ends all subscriptions. */
  close: () => void
}

/** How many subscriptions there may be at once: of a caller, whichever process they are at. */
export const mostStreams = { ofCaller: 10, ofProcess: 500 } as const

const numberedAtOnce = 5000
const lookAgainAfter = 1500
// Of many changes in a row, each wakes those who wait at most so often.
const gather = 50

/** Starts to hear of changes. It asks nothing of the database while nobody listens. */
export function createChangeFeed({
  database,
  log,
  notifications,
}: {
  database: Database
  log: Logger
  notifications?: Notifications
}): ChangeFeed {
  const places = notifications?.places ?? createPlaces(log)
  const waiting = new Set<() => void>()
  let calls = 0
  let total = 0
  let closed = false
  let gathering: NodeJS.Timeout | undefined
  let reaching: Promise<Place> | undefined
  let again: Promise<Place> | undefined

  const wakeAll = () => {
    calls++
    for (const wake of [...waiting]) wake()
  }
  notifications?.on('lethe_consent', () => {
    if (total === 0) return
    gathering ??= setTimeout(() => {
      gathering = undefined
      wakeAll()
    }, gather).unref()
  })

  async function number(): Promise<Place> {
    for (;;) {
      const [done] = await database.$queryRaw<{ numbered: number }[]>`
        SELECT consent_number_changes(${numberedAtOnce}::int) AS numbered`
      if ((done?.numbered ?? 0) < numberedAtOnce) break
    }
    const [feed] = await database.$queryRaw<Place[]>`
      SELECT f.position, coalesce((SELECT max(s.epoch) FROM audit_sequencer s), 1) AS epoch FROM consent_feed f`
    return feed ?? { epoch: 1, position: 0n }
  }

  /** Who asks while it runs can't rely on it: it may have looked before. They share the one after it. */
  function reach(): Promise<Place> {
    if (!reaching) {
      reaching = number().finally(() => {
        reaching = undefined
      })
      return reaching
    }
    again ??= reaching
      .catch((error: unknown) => log.debug({ error: loggable(error) }, 'changes could not be numbered'))
      .then(() => {
        again = undefined
        return reach()
      })
    return again
  }

  return {
    admit: async (caller) => {
      if (closed) throw new LetheError('UNAVAILABLE', 'The server is about to stop: subscribe again in a moment.')
      const giveBack = await places.take(`subscription of ${caller}`, mostStreams.ofCaller)
      if (!giveBack) {
        throw new LetheError(
          'LIMIT_EXCEEDED',
          `You have ${mostStreams.ofCaller} subscriptions already, as many as one may have: end one of them first.`,
        )
      }
      if (total >= mostStreams.ofProcess) {
        giveBack()
        throw new LetheError('LIMIT_EXCEEDED', 'There are as many subscriptions as this server takes: try again later.')
      }
      total++
      let left = false
      return () => {
        if (left) return
        left = true
        total--
        giveBack()
      }
    },
    reach,
    notified: notifications !== undefined,
    get calls() {
      return calls
    },
    next: (call, signal) =>
      new Promise<void>((done) => {
        if (closed || signal.aborted || call !== calls) return done()
        const wake = () => {
          clearTimeout(timer)
          waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          done()
        }
        const timer = setTimeout(wake, lookAgainAfter)
        signal.addEventListener('abort', wake, { once: true })
        waiting.add(wake)
      }),
    get closed() {
      return closed
    },
    close: () => {
      closed = true
      clearTimeout(gathering)
      wakeAll()
    },
  }
}
