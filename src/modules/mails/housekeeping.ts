import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'

const day = 24 * 3_600_000
const every = 10 * 60_000
const batch = 500
const keptAfterwards = 30 * day

/**
 * Forgets links that have expired, for as long as the process runs: of requests at once, since an unconfirmed one leaves
 * nothing; of contacts after 30 days, until when their pages still know what they were. Any number of processes may.
 */
export function startLinkHousekeeping(work: Omit<WorkContext, 'requestId'>): { close: () => Promise<void> } {
  const stop = new AbortController()
  const { signal } = stop
  const run = async () => {
    while (!signal.aborted) {
      await forgetExpiredLinks({ ...work, requestId: randomUUID() }).catch((error: unknown) =>
        work.log.warn({ error: loggable(error) }, 'expired links stay for now'),
      )
      await setTimeout(every, undefined, { signal, ref: false }).catch(() => undefined) // Stopped.
    }
  }
  const running = run()
  return {
    close: async () => {
      stop.abort()
      await running
    },
  }
}

/** Does it once. */
export async function forgetExpiredLinks(context: WorkContext): Promise<void> {
  await context.database.requestLink.deleteMany({ where: { expiresAt: { lte: new Date() } } })
  while ((await transact(context, 'forgetExpiredLinks', forgetBatch)) === batch);
}

async function forgetBatch(tx: Transaction): Promise<number> {
  const expired = await tx.contactLink.findMany({
    where: { expiresAt: { lte: new Date(Date.now() - keptAfterwards) } },
    select: { contactId: true, id: true },
    take: batch,
  })
  if (expired.length > 0) await tx.contactLink.deleteMany({ where: { OR: expired } })
  return expired.length
}
