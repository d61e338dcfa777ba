import { randomUUID } from 'node:crypto'
import type { Notifications } from '../../../database/listen.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { loggable } from '../../../log-error.ts'
import { emptying, startWorkerLoop, type Worker } from '../../../worker-loop.ts'
import { ErasedMeanwhile } from './finish.ts'
import { failFile, produceFile } from './produce.ts'
import { fileWork, mostAttempts } from './queue.ts'

type Making = {
  work: Omit<WorkContext, 'requestId'>
  notifications?: Notifications
  /** Milliseconds until the second try; each further one waits four times as long. */
  firstPause?: number
}

/**
 * Makes files of reports, for as long as the process runs, one at a time. Any number of processes may: what one that died was at, another
 * begins anew when the lease has run out.
 */
export function startReportFiles({ work, notifications, firstPause = 15_000 }: Making): Worker {
  return startWorkerLoop({
    turn: emptying(
      (stop) => makeNextFile({ ...work, signal: stop }, firstPause),
      () => fileWork.nextDue(work.database),
    ),
    failed: (error) => work.log.warn({ error: loggable(error) }, 'the queue of files of reports is not in reach'),
    wakes: { notifications, channel: 'lethe_report_files' },
  })
}

/** Makes the file that is due the longest. False: none is. */
export async function makeNextFile(work: Omit<WorkContext, 'requestId'>, firstPause = 0): Promise<boolean> {
  const claimed = await fileWork.claim(work.database)
  if (!claimed) return false
  const context = { ...work, requestId: randomUUID() }
  try {
    await produceFile(context, claimed)
  } catch (error) {
    const { signal: _, ...after } = context
    const about = { reportFileId: claimed.id, error: loggable(error) }
    if (work.signal?.aborted || (error instanceof ErasedMeanwhile && claimed.attempts < mostAttempts)) {
      await fileWork.putBack(work.database, claimed, 0)
    } else if (isFinal(error) || claimed.attempts >= mostAttempts) {
      // What the caller did is theirs to mend.
      if (isFinal(error)) work.log.info(about, 'a file of a report can’t be made')
      else work.log.error(about, 'a file of a report can’t be made')
      await failFile(after, claimed, error)
    } else {
      work.log.warn(about, 'a file of a report can’t be made now; it is tried again')
      await fileWork.putBack(work.database, claimed, firstPause * 4 ** (claimed.attempts - 1))
    }
  }
  return true
}

/** Whether another try would come to the same: what is asked for is refused. */
const isFinal = (error: unknown): error is LetheError => error instanceof LetheError && error.code !== 'UNAVAILABLE'
