import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'

const every = 10 * 60_000
const batch = 500

/** Forgets what has expired, for as long as the process runs; any number of processes may. */
export function startConsentHousekeeping(work: Omit<WorkContext, 'requestId'>): { close: () => Promise<void> } {
  const stop = new AbortController()
  const { signal } = stop
  const run = async () => {
    while (!signal.aborted) {
      await forgetExpired({ ...work, requestId: randomUUID() }).catch((error: unknown) =>
        work.log.warn({ error: loggable(error) }, 'what has expired of consents stays for now'),
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

/** Does it once: of requests that nobody confirmed nothing is left. */
export async function forgetExpired(context: WorkContext): Promise<void> {
  const { database } = context
  const where = { expiresAt: { lte: new Date() } }
  await database.consentRequest.deleteMany({ where })
  await database.consentCall.deleteMany({ where })
  await database.spentProof.deleteMany({ where })
  while ((await transact(context, 'forgetExpiredHandles', forgetHandles)) === batch);
}

async function forgetHandles(tx: Transaction): Promise<number> {
  const where = { expiresAt: { lte: new Date() } }
  const expired = await tx.consentHandle.findMany({ where, select: { contactId: true, id: true }, take: batch })
  if (expired.length > 0) await tx.consentHandle.deleteMany({ where: { OR: expired } })
  return expired.length
}
