import { randomUUID } from 'node:crypto'
import type { Notifications } from '../../database/listen.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { loggable } from '../../log-error.ts'
import { emptying, startWorkerLoop, type Worker } from '../../worker-loop.ts'
import type { Module } from '../module.ts'
import { failPackage, isLastAttempt, producePackage } from './produce.ts'
import { packageWork } from './queue.ts'

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
export function startPackaging({ work, modules, notifications, firstPause = 15_000 }: Packaging): Worker {
  return startWorkerLoop({
    turn: emptying(
      (stop) => makeNext({ ...work, signal: stop }, modules, firstPause),
      () => packageWork.nextDue(work.database),
    ),
    failed: (error) => work.log.warn({ error: loggable(error) }, 'the queue of access packages is not in reach'),
    wakes: { notifications, channel: 'lethe_packages' },
  })
}

/** Makes the package that is due the longest. False: none is. */
export async function makeNext(
  work: Omit<WorkContext, 'requestId'>,
  modules: readonly Module[],
  firstPause = 0,
): Promise<boolean> {
  const claimed = await packageWork.claim(work.database)
  if (!claimed) return false
  const context = { ...work, requestId: randomUUID() }
  try {
    await producePackage(context, modules, claimed)
  } catch (error) {
    const { signal: _, ...after } = context
    if (work.signal?.aborted) {
      await packageWork.putBack(work.database, claimed, 0)
    } else if (isLastAttempt(claimed) || error instanceof LetheError) {
      work.log.error({ packageId: claimed.id, error: loggable(error) }, 'an access package can’t be made')
      await failPackage(after, claimed)
    } else {
      work.log.warn(
        { packageId: claimed.id, error: loggable(error) },
        'an access package can’t be made now; it is tried again',
      )
      await packageWork.putBack(work.database, claimed, firstPause * 4 ** (claimed.attempts - 1))
    }
  }
  return true
}
