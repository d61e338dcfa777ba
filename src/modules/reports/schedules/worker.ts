import type { WorkContext } from '../../../graphql/context.ts'
import { loggable } from '../../../log-error.ts'
import { startWorkerLoop, type Worker } from '../../../worker-loop.ts'
import { takeTurns } from './turns.ts'

/**
 * Mails scheduled reports for as long as the process runs. Any number of processes may.
 *
 * @param options.clock For tests: what time it is.
 */
export function startReportSchedules(
  work: Omit<WorkContext, 'requestId'>,
  { clock = () => new Date() }: { clock?: () => Date } = {},
): Worker {
  return startWorkerLoop({
    turn: async (stop) => {
      await takeTurns(work, clock(), stop)
    },
    failed: (error) =>
      work.log.warn({ error: loggable(error) }, 'scheduled reports can’t be looked at now; it is tried again'),
  })
}
