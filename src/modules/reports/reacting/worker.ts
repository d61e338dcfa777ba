import { randomUUID } from 'node:crypto'
import type { Notifications } from '../../../database/listen.ts'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { loggable } from '../../../log-error.ts'
import { emptying, startWorkerLoop, type Worker } from '../../../worker-loop.ts'
import { NotOurs, performReaction } from './perform.ts'
import { mostAttempts, reactionWork } from './queue.ts'
import { finish } from './subjects.ts'

type Reacting = {
  work: Omit<WorkContext, 'requestId'>
  notifications?: Notifications
  /** Milliseconds until the second try; each further one waits four times as long. */
  firstPause?: number
}

/**
 * Does what people want done with all whom a report shows, for as long as the process runs, one reaction at a time. Any number of processes
 * may: what one that died was at, another goes on with when the lease has run out.
 */
export function startReacting({ work, notifications, firstPause = 5000 }: Reacting): Worker {
  return startWorkerLoop({
    turn: emptying(
      (stop) => performNext({ ...work, signal: stop }, firstPause),
      () => reactionWork.nextDue(work.database),
    ),
    failed: (error) => work.log.warn({ error: loggable(error) }, 'the queue of reactions to reports is not in reach'),
    wakes: { notifications, channel: 'lethe_report_reactions' },
  })
}

/** Does what is left of the reaction that is due the longest. False: none is. */
export async function performNext(work: Omit<WorkContext, 'requestId'>, firstPause = 0): Promise<boolean> {
  const claimed = await reactionWork.claim(work.database)
  if (!claimed) return false
  try {
    await performReaction(work, claimed)
  } catch (error) {
    if (error instanceof NotOurs) return true
    const about = { reportReactionId: claimed.id, error: loggable(error) }
    if (work.signal?.aborted) {
      await reactionWork.putBack(work.database, claimed, 0)
    } else if (isFinal(error) || claimed.attempts >= mostAttempts) {
      // That somebody lost a right in between is no fault of ours.
      if (isFinal(error)) work.log.info(about, 'a reaction to a report was refused')
      else work.log.error(about, 'a reaction to a report failed')
      const fault = error instanceof LetheError ? error.code : 'INTERNAL'
      await transact({ ...work, requestId: randomUUID() }, 'failReportReaction', (tx) =>
        finish(tx, claimed, { state: 'failed', fault }),
      )
    } else {
      work.log.warn(about, 'a reaction to a report did not get on; it is tried again')
      await reactionWork.putBack(work.database, claimed, firstPause * 4 ** (claimed.attempts - 1))
    }
  }
  return true
}

/** Whether another try would come to the same: what is asked for is refused. */
const isFinal = (error: unknown): boolean => error instanceof LetheError && error.code !== 'UNAVAILABLE'
