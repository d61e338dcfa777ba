import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { type LawfulBasisPeriod, Prisma } from '#prisma/client.ts'
import type { Queue } from '../../database/queues.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'
import { startWorkerLoop, type Worker } from '../../worker-loop.ts'

// That a ground has lapsed follows from the time alone, for every question that is asked. This only tells the log.

const batch = 500

type Lapsed = Pick<LawfulBasisPeriod, 'contactId' | 'id' | 'purposeKey' | 'ground' | 'eventId'> & { validUntil: Date }

/**
 * Writes an event for each ground that has lapsed, once, for as long as the process runs. Any number of processes may: those
 * that one is at, others leave alone, and what a killed one did not commit the next one does.
 */
export function startLapseWatch(context: Omit<WorkContext, 'requestId'>): Worker {
  return startWorkerLoop({
    turn: async (stop) => {
      while (!stop.aborted && (await noteLapses({ ...context, requestId: randomUUID() })) === batch);
      return nextLapse(context)
    },
    failed: (error) =>
      context.log.warn(
        { error: loggable(error) },
        'lapsed legal grounds can’t be told to the log now; it is tried again',
      ),
    shortestWait: 250,
    longestWait: 60_000,
  })
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

/** Legal grounds that have lapsed, of which the log doesn't tell yet. */
export const lapses: Queue = {
  name: 'lapsed_grounds',
  waiting: Prisma.sql`SELECT valid_until AS since FROM lawful_basis_period
    WHERE is_valid AND expires AND NOT lapse_noted AND valid_until <= now() ORDER BY valid_until`,
}
