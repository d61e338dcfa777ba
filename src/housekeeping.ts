import { randomUUID } from 'node:crypto'
import type { WorkContext } from './graphql/context.ts'
import { loggable } from './log-error.ts'
import type { Module } from './modules/module.ts'
import { startWorkerLoop, type Worker } from './worker-loop.ts'

const every = 10 * 60_000

/**
 * Lets each module remove what is over, at the start and then every ten minutes, for as long as the process runs. One that fails is
 * told of in the log, and tried again in the next round; the others go on. Any number of processes may. `close` waits for what
 * runs.
 */
export function startHousekeeping(
  work: Omit<WorkContext, 'requestId'>,
  modules: readonly Pick<Module, 'name' | 'housekeeping'>[],
): Worker {
  return startWorkerLoop({
    turn: async (stop) => {
      await keepHouse(work, modules, stop)
    },
    failed: (error) =>
      work.log.warn({ error: loggable(error) }, 'housekeeping failed; it is tried again in ten minutes'),
    longestWait: every,
  })
}

/** One round. */
async function keepHouse(
  work: Omit<WorkContext, 'requestId'>,
  modules: readonly Pick<Module, 'name' | 'housekeeping'>[],
  signal: AbortSignal,
): Promise<void> {
  for (const { name: module, housekeeping } of modules) {
    if (signal.aborted) return
    await housekeeping?.({ ...work, requestId: randomUUID() }).catch((error: unknown) =>
      work.log.warn({ module, error: loggable(error) }, 'housekeeping failed; it is tried again in ten minutes'),
    )
  }
}
