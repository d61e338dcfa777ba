import type { WorkContext } from './graphql/context.ts'
import { loggable } from './log-error.ts'

const running = new Set<Promise<void>>()

/** Goes on with some work after the request that it comes from was answered. Nobody waits for it, and it is lost with the process. */
export function afterwards(
  { log, requestId }: Pick<WorkContext, 'log' | 'requestId'>,
  work: () => Promise<void>,
): void {
  const done = work()
    .catch((error: unknown) => log.error({ requestId, error: loggable(error) }, 'failed after the answer'))
    .finally(() => running.delete(done))
  running.add(done)
}

/** Settles once all such work is done: before the database is closed. */
export async function untilAllIsDone(): Promise<void> {
  await Promise.all(running)
}
