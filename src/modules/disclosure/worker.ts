import { randomUUID } from 'node:crypto'
import type { Notifications } from '../../database/listen.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { loggable } from '../../log-error.ts'
import type { Module } from '../module.ts'
import { failPackage, isLastAttempt, producePackage } from './produce.ts'
import { claimWork, nextDue, putBack } from './queue.ts'

const pollEvery = 30_000
const shortestWait = 100

type Packaging = {
  work: Omit<WorkContext, 'requestId'>
  /** Whose data goes in. */
  modules: readonly Module[]
  notifications?: Notifications
  /** Milliseconds until the second try; each further one waits four times as long. */
  firstPause?: number
}

/**
 * Makes access packages, for as long as the process runs, one at a time. Any number of processes may: what one that died was at, another
 * begins anew when the lease has run out.
 */
export function startPackaging({ work, modules, notifications, firstPause = 15_000 }: Packaging): {
  close: () => Promise<void>
} {
  const stop = new AbortController()
  let running: Promise<void> | undefined
  let called = false
  let timer: NodeJS.Timeout | undefined
  const wake = () => {
    called = true
    if (stop.signal.aborted || running) return
    running = untilNothingIsDue()
      .catch((error: unknown) => {
        work.log.warn({ error: loggable(error) }, 'the queue of access packages is not in reach')
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
    while (!stop.signal.aborted && (await makeNext({ ...work, signal: stop.signal }, modules, firstPause)));
    return stop.signal.aborted ? pollEvery : ((await nextDue(work.database)) ?? pollEvery)
  }
  notifications?.on('lethe_packages', wake)
  wake()
  return {
    close: async () => {
      stop.abort(new Error('the process stops'))
      clearTimeout(timer)
      await running
    },
  }
}

/** Makes the package that is due the longest. False: none is. */
export async function makeNext(
  work: Omit<WorkContext, 'requestId'>,
  modules: readonly Module[],
  firstPause = 0,
): Promise<boolean> {
  const claimed = await claimWork(work.database)
  if (!claimed) return false
  const context = { ...work, requestId: randomUUID() }
  try {
    await producePackage(context, modules, claimed)
  } catch (error) {
    const { signal: _, ...after } = context
    if (work.signal?.aborted) {
      await putBack(work.database, { ...claimed }, 0)
    } else if (isLastAttempt(claimed) || error instanceof LetheError) {
      work.log.error({ packageId: claimed.id, error: loggable(error) }, 'an access package can’t be made')
      await failPackage(after, claimed)
    } else {
      work.log.warn(
        { packageId: claimed.id, error: loggable(error) },
        'an access package can’t be made now; it is tried again',
      )
      await putBack(work.database, claimed, firstPause * 4 ** (claimed.attempts - 1))
    }
  }
  return true
}
