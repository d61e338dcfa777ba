import { z } from 'zod'
import type { WorkContext } from '../../../graphql/context.ts'
import { catchUp } from '../../../ledger/bring-up.ts'
import type { LedgerEntry } from '../../../ledger/ledger.ts'
import { notePosition } from '../../../ledger/position.ts'
import { whileErasing } from '../../../ledger/turn.ts'
import { removeRecords } from './settle.ts'

const batch = 500

const body = z.object({ ids: z.array(z.uuid()) })

/** Erases what is kept no longer, for good: all whose period has ended. Any number of processes may. Returns how many records. */
export async function endRetained(context: WorkContext): Promise<number> {
  let ended = 0
  for (;;) {
    const count = await endSome(context)
    ended += count
    if (count < batch) return ended
  }
}

const due = (context: WorkContext) =>
  context.database.retainedRecord.findMany({
    where: { settled: true, until: { lte: new Date() } },
    orderBy: [{ until: 'asc' }, { id: 'asc' }],
    ...{ select: { id: true }, take: batch },
  })

/** The ledger first, so that no older backup brings back what ended; then rows, files, and keys. */
async function endSome(context: WorkContext): Promise<number> {
  // Without the turn: as a rule there is nothing to do.
  if ((await due(context)).length === 0) return 0
  return whileErasing(context.database, async () => {
    await catchUp(context)
    const ids = (await due(context)).map(({ id }) => id)
    if (ids.length > 0) await replayRetainedEnded(context, await context.ledger.append('retained_ended', { ids }))
    return ids.length
  })
}

/**
 * Does what an entry `retained_ended` says, for whoever has the turn: rows and files go, the keys are destroyed, so that no copy opens
 * anywhere. Again is no harm.
 */
export async function replayRetainedEnded(context: WorkContext, entry: LedgerEntry): Promise<void> {
  const { ids } = body.parse(entry.body)
  const select = { id: true, files: true }
  const records = await context.database.retainedRecord.findMany({ where: { id: { in: ids } }, select })
  await removeRecords(context, 'endRetained', records, (tx) => notePosition(tx, entry))
  await context.keys.destroy(ids)
  await context.keys.noteLedger(entry)
}
