import { randomUUID } from 'node:crypto'
import type { Claimed } from '../../database/lease-queue.ts'
import type { Notifications } from '../../database/listen.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { loggable } from '../../log-error.ts'
import { emptying, startWorkerLoop, type Worker } from '../../worker-loop.ts'
import { lookAgain } from './held.ts'
import { failErasure, Hopeless, performErasure } from './perform.ts'
import { erasureWork } from './queue.ts'

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
export function startErasing({ work, notifications, firstPause = 5000 }: Erasing): Worker {
  return startWorkerLoop({
    turn: emptying(
      (stop) => eraseNext(work, { stop, firstPause }),
      () => erasureWork.nextDue(work.database),
    ),
    failed: (error) => work.log.warn({ error: loggable(error) }, 'the queue of erasures is not in reach'),
    wakes: { notifications, channel: 'lethe_erasures' },
  })
}

/** Executes the erasure that is due the longest. False: none is. A stop lets the batch that runs come to its end. */
export async function eraseNext(
  work: Omit<WorkContext, 'requestId'>,
  { stop, firstPause = 0 }: { stop?: AbortSignal; firstPause?: number } = {},
): Promise<boolean> {
  const claimed = await erasureWork.claim(work.database)
  if (!claimed) return false
  const context = { ...work, requestId: randomUUID() }
  let ours = true
  const renewing = setInterval(() => {
    erasureWork.renew(work.database, claimed).then(
      (still) => {
        ours = still
      },
      () => undefined, // The next renewal may come through.
    )
  }, renewEvery)
  try {
    const performed = await performErasure(context, claimed.id, async () => {
      ours = await erasureWork.renew(work.database, claimed)
      return ours && !stop?.aborted
    })
    if (performed === 'held') await erasureWork.putBack(work.database, claimed, lookAgain, { fresh: true })
    if (performed === 'stopped') await erasureWork.putBack(work.database, claimed, 0, { fresh: true })
  } catch (error) {
    await failed(context, claimed, error, firstPause)
  } finally {
    clearInterval(renewing)
  }
  return true
}

async function failed(context: WorkContext, claimed: Claimed, error: unknown, firstPause: number) {
  const { id, attempts } = claimed
  const told = { erasureId: id, error: loggable(error) }
  if (error instanceof Hopeless || attempts >= mostAttempts) {
    context.log.error(told, 'an erasure can’t be executed')
    await failErasure(context, id, faultOf(error))
    return
  }
  context.log.warn(told, 'an erasure can’t be executed now; it is tried again')
  await erasureWork.putBack(context.database, claimed, firstPause * 2 ** (attempts - 1))
}

const faultOf = (error: unknown) => {
  if (error instanceof Hopeless) return error.fault
  return error instanceof LetheError ? error.code : 'INTERNAL'
}
