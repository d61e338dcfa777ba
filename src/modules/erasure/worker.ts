import { randomUUID } from 'node:crypto'
import type { Notifications } from '../../database/listen.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { loggable } from '../../log-error.ts'
import { lookAgain } from './held.ts'
import { failErasure, Hopeless, performErasure } from './perform.ts'
import { type ClaimedErasure, claimErasure, nextDue, putBack, renewLease } from './queue.ts'

const pollEvery = 30_000
const shortestWait = 100
const renewEvery = 15_000
const mostAttempts = 8

type Erasing = {
  work: Omit<WorkContext, 'requestId'>
  notifications?: Notifications
  /** Milliseconds until the second try; each further one waits twice as long. */
  firstPause?: number
}

/**
 * Executes erasures, for as long as the process runs, one at a time. Any number of processes may: what one that died was at, another goes
 * on with when the lease has run out.
 */
export function startErasing({ work, notifications, firstPause = 5000 }: Erasing): { close: () => Promise<void> } {
  const stop = new AbortController()
  let running: Promise<void> | undefined
  let called = false
  let timer: NodeJS.Timeout | undefined
  const wake = () => {
    called = true
    if (stop.signal.aborted || running) return
    running = untilNothingIsDue()
      .catch((error: unknown) => {
        work.log.warn({ error: loggable(error) }, 'the queue of erasures is not in reach')
        return pollEvery
      })
      .then((wait) => {
        running = undefined
        clearTimeout(timer)
        if (stop.signal.aborted) return
        if (called) wake()
        else timer = setTimeout(wake, Math.min(Math.max(wait, shortestWait), pollEvery)).unref()
      })
  }
  async function untilNothingIsDue(): Promise<number> {
    called = false
    while (!stop.signal.aborted && (await eraseNext(work, { stop: stop.signal, firstPause })));
    return stop.signal.aborted ? pollEvery : ((await nextDue(work.database)) ?? pollEvery)
  }
  notifications?.on('lethe_erasures', wake)
  wake()
  return {
    close: async () => {
      stop.abort(new Error('the process stops'))
      clearTimeout(timer)
      await running
    },
  }
}

/** Executes the erasure that is due the longest. False: none is. A stop lets the batch that runs come to its end. */
export async function eraseNext(
  work: Omit<WorkContext, 'requestId'>,
  { stop, firstPause = 0 }: { stop?: AbortSignal; firstPause?: number } = {},
): Promise<boolean> {
  const claimed = await claimErasure(work.database)
  if (!claimed) return false
  const context = { ...work, requestId: randomUUID() }
  let ours = true
  const renewing = setInterval(() => {
    renewLease(work.database, claimed).then(
      (still) => {
        ours = still
      },
      () => undefined, // The next renewal may come through.
    )
  }, renewEvery)
  try {
    const performed = await performErasure(context, claimed.id, async () => {
      ours = await renewLease(work.database, claimed)
      return ours && !stop?.aborted
    })
    if (performed === 'held') await putBack(work.database, claimed, lookAgain, { fresh: true })
    if (performed === 'stopped') await putBack(work.database, claimed, 0, { fresh: true })
  } catch (error) {
    await failed(context, claimed, error, firstPause)
  } finally {
    clearInterval(renewing)
  }
  return true
}

async function failed(context: WorkContext, claimed: ClaimedErasure, error: unknown, firstPause: number) {
  const { id, attempts } = claimed
  const told = { erasureId: id, error: loggable(error) }
  if (error instanceof Hopeless || attempts >= mostAttempts) {
    context.log.error(told, 'an erasure can’t be executed')
    await failErasure(context, id, faultOf(error))
    return
  }
  context.log.warn(told, 'an erasure can’t be executed now; it is tried again')
  await putBack(context.database, claimed, firstPause * 2 ** (attempts - 1))
}

const faultOf = (error: unknown) => {
  if (error instanceof Hopeless) return error.fault
  return error instanceof LetheError ? error.code : 'INTERNAL'
}
