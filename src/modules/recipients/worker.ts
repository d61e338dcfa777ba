import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'
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
): { close: () => Promise<void> } {
  const stop = new AbortController()
  const { signal } = stop
  const wire = new AbortController()
  const poster = createPoster(work.webhooks)
  const context = () => ({ ...work, requestId: randomUUID() })
  const turn = async () => {
    while (!signal.aborted && (await noteRectifications(context(), options.settledFor)));
    while (!signal.aborted && (await tellNext(context(), poster, wire.signal, options.pace)));
  }
  const run = async () => {
    while (!signal.aborted) {
      await turn().catch((error: unknown) =>
        work.log.warn({ error: loggable(error) }, 'recipients can’t be told of rectifications now; it is tried again'),
      )
      await sleep(options.pause ?? every, undefined, { signal, ref: false }).catch(() => undefined) // Stopped.
    }
  }
  const running = run()
  return {
    close: async () => {
      stop.abort()
      const late = setTimeout(() => wire.abort(), options.grace ?? 5000)
      await running.finally(() => clearTimeout(late))
      poster.close()
    },
  }
}
