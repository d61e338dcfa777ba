import { randomUUID } from 'node:crypto'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'
import { startWorkerLoop, type Worker } from '../../worker-loop.ts'
import { createPoster } from '../deliveries/sending/post.ts'
import type { Pace } from '../deliveries/sending/queue.ts'
import { noteRectifications } from './rectified.ts'
import { tellNext } from './tell.ts'

const every = 5000

/**
 * Finds rectifications in the log and tells their recipients, for as long as the process runs. Any number of processes may.
 * `close` waits for what is on the wire.
 */
export function startTellingRecipients(
  work: Omit<WorkContext, 'requestId'>,
  options: { grace?: number; pause?: number; settledFor?: number; pace?: Partial<Pace> } = {},
): Worker {
  const wire = new AbortController()
  const poster = createPoster(work.webhooks)
  const context = () => ({ ...work, requestId: randomUUID() })
  const loop = startWorkerLoop({
    turn: async (stop) => {
      while (!stop.aborted && (await noteRectifications(context(), options.settledFor)));
      while (!stop.aborted && (await tellNext(context(), poster, wire.signal, options.pace)));
    },
    failed: (error) =>
      work.log.warn({ error: loggable(error) }, 'recipients can’t be told of rectifications now; it is tried again'),
    shortestWait: 0,
    longestWait: options.pause ?? every,
  })
  return {
    close: async () => {
      const late = setTimeout(() => wire.abort(), options.grace ?? 5000)
      await loop.close().finally(() => clearTimeout(late))
      poster.close()
    },
  }
}
