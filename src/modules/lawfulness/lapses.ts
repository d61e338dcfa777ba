import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import type { LawfulBasisPeriod } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'

// That a ground has lapsed follows from the time alone, for every question that is asked. This only tells the log.

const batch = 500
const longestWait = 60_000
const shortestWait = 250

type Lapsed = Pick<LawfulBasisPeriod, 'contactId' | 'id' | 'purposeKey' | 'ground' | 'eventId'> & { validUntil: Date }

/**
 * Writes an event for each ground that has lapsed, once, for as long as the process runs. Any number of processes may: those
 * that one is at, others leave alone, and what a killed one did not commit the next one does.
 */
export function startLapseWatch(context: Omit<WorkContext, 'requestId'>): { close: () => Promise<void> } {
  const stop = new AbortController()
  const { signal } = stop
  const turn = async () => {
    while (!signal.aborted && (await noteLapses({ ...context, requestId: randomUUID() })) === batch);
    return nextLapse(context)
  }
  const run = async () => {
    while (!signal.aborted) {
      const wait = await turn().catch((error: unknown) => {
        context.log.warn(
          { error: loggable(error) },
          'lapsed legal grounds can’t be told to the log now; it is tried again',
        )
        return longestWait
      })
      const milliseconds = Math.min(Math.max(wait ?? longestWait, shortestWait), longestWait)
      await setTimeout(milliseconds, undefined, { signal, ref: false }).catch(() => undefined) // Stopped.
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

/** Writes the events of grounds that have lapsed, at most 500, and returns how many. */
export async function noteLapses(context: WorkContext): Promise<number> {
  return transact(context, 'noteLapses', async (tx) => {
    const lapsed = await tx.$queryRaw<Lapsed[]>`
      SELECT contact_id AS "contactId", id, purpose_key AS "purposeKey", ground, event_id AS "eventId", valid_until AS "validUntil"
      FROM lawful_basis_period
      WHERE is_valid AND expires AND NOT lapse_noted AND valid_until <= statement_timestamp()
      ORDER BY valid_until LIMIT ${batch} FOR UPDATE SKIP LOCKED`
    if (lapsed.length === 0) return 0
    const { kind: actorKind, id: actorId } = context.actor
    await tx.lawfulBasisEvent.createMany({
      data: lapsed.map(({ contactId, purposeKey, ground, eventId: basisId, validUntil: occurredAt }) => ({
        ...{ contactId, id: uuidv7(), kind: 'lapsed' as const, purposeKey, ground, basisId, occurredAt },
        ...{ actorKind, actorId },
      })),
    })
    await tx.lawfulBasisPeriod.updateMany({
      where: { OR: lapsed.map(({ contactId, id }) => ({ contactId, id })) },
      data: { lapseNoted: true },
    })
    return lapsed.length
  })
}

/** In how many milliseconds the next ground lapses; undefined when none is going to. */
async function nextLapse({ database }: Pick<WorkContext, 'database'>): Promise<number | undefined> {
  const [next] = await database.$queryRaw<{ wait: number | null }[]>`
    SELECT (extract(epoch FROM min(valid_until) - statement_timestamp()) * 1000)::float8 AS wait
    FROM lawful_basis_period WHERE is_valid AND expires AND NOT lapse_noted`
  return next?.wait ?? undefined
}
