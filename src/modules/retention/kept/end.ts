import { z } from 'zod'
import { Prisma } from '#prisma/client.ts'
import type { Queue } from '../../../database/queues.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { catchUp } from '../../../ledger/bring-up.ts'
import type { LedgerEntry } from '../../../ledger/ledger.ts'
import { notePosition } from '../../../ledger/position.ts'
import { whileErasing } from '../../../ledger/turn.ts'
import { removeRecords } from './settle.ts'

const batch = 500

const body = z.object({ ids: z.array(z.uuid()) })

/** Called between the steps. */
type Progress = (step: string) => Promise<void> | void

/** Erases what is kept no longer, for good: all whose period has ended, and that nobody holds. Any number of processes may. Returns how many records. */
export async function endRetained(context: WorkContext, at: Progress = () => undefined): Promise<number> {
  let ended = 0
  for (;;) {
    const count = await endSome(context, at)
    ended += count
    if (count < batch) return ended
  }
}

const due = ({ database }: WorkContext) =>
  database.$queryRaw<{ id: string }[]>`
    SELECT r.id FROM retained_record r WHERE r.settled AND r.until <= ${new Date()}
      AND NOT EXISTS (SELECT FROM retained_hold h WHERE h.subject_id = r.subject_id)
    ORDER BY r.until, r.id LIMIT ${batch}`

/** The ledger first, so that no older backup brings back what ended; then rows, files, and keys. */
async function endSome(context: WorkContext, at: Progress): Promise<number> {
  // Without the turn: as a rule there is nothing to do.
  if ((await due(context)).length === 0) return 0
  return whileErasing(context.database, async () => {
    await catchUp(context)
    const ids = (await due(context)).map(({ id }) => id)
    await at('begun')
    if (ids.length > 0) await replayRetainedEnded(context, await context.ledger.append('retained_ended', { ids }), at)
    return ids.length
  })
}

/**
 * Does what an entry `retained_ended` says, for whoever has the turn: rows and files go, the keys are destroyed, so that no copy opens
 * anywhere. Again is no harm.
 */
export async function replayRetainedEnded(
  context: WorkContext,
  entry: LedgerEntry,
  at: Progress = () => undefined,
): Promise<void> {
  await at('entered')
  const { ids } = body.parse(entry.body)
  const select = { id: true, files: true }
  const records = await context.database.retainedRecord.findMany({ where: { id: { in: ids } }, select })
  await removeRecords(context, 'endRetained', records, (tx) => notePosition(tx, entry))
  await at('removed')
  await context.keys.destroy(ids)
  await at('destroyed')
  await context.keys.noteLedger(entry)
}

/** Retained records whose period is over, and that nobody holds. */
export const endedRecords: Queue = {
  name: 'retained_records',
  waiting: Prisma.sql`SELECT r.until AS since FROM retained_record r WHERE r.settled AND r.until <= now()
    AND NOT EXISTS (SELECT FROM retained_hold h WHERE h.subject_id = r.subject_id) ORDER BY r.until`,
}
