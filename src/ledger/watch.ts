import { randomUUID } from 'node:crypto'
import type { WorkContext } from '../graphql/context.ts'
import { loggable } from '../log-error.ts'
import { startWorkerLoop, type Worker } from '../worker-loop.ts'
import { bringUp } from './bring-up.ts'
import { LedgerFault } from './ledger.ts'
import { positionIn } from './position.ts'

/**
 * Looks, for as long as the process runs, whether the ledger is ahead of the database: an erasure whose worker died is completed, and a
 * database that was restored under running processes is brought up again. Any number of processes may. What is wrong with the
 * ledger is told in the log.
 *
 * @param options.every Milliseconds between two looks.
 */
export function watchLedger(work: Omit<WorkContext, 'requestId'>, { every = 60_000 }: { every?: number } = {}): Worker {
  let told: string | undefined
  return startWorkerLoop({
    turn: async () => {
      const [head, noted] = [await work.ledger.head(), await positionIn(work.database)]
      if (head?.hash !== noted?.hash) await complete({ ...work, requestId: randomUUID() })
      if (told !== undefined) work.log.info('the erasure ledger is in order again')
      told = undefined
    },
    failed: (error) => {
      const fault = error instanceof LedgerFault ? error.kind : 'failed'
      if (fault !== told)
        work.log.error({ error: loggable(error), fault }, 'nothing can be erased: look at the erasure ledger')
      told = fault
    },
    firstWait: every,
    longestWait: every,
  })
}

async function complete(work: WorkContext) {
  const { replayed, head } = await bringUp(work)
  if (replayed > 0) work.log.warn({ replayed, sequence: head.sequence }, 'what the erasure ledger tells of was erased')
}
