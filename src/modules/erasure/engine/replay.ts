import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { LedgerEntry } from '../../../ledger/ledger.ts'
import { positionIn } from '../../../ledger/position.ts'
import { storeRetained } from '../../retention/kept/store.ts'
import { type ErasedBody, readBody } from './body.ts'
import { destroyKeys, eraseRows } from './complete.ts'
import { countHeld } from './count.ts'
import type { Progress } from './erase.ts'
import { type RetainedOf, retainedOf } from './retained.ts'
import { type Work, workOf } from './work.ts'

const longest = 6 * 3_600_000

/**
 * Erases again what an entry of the ledger says, as far as the database or the key store lacks it: an older backup was restored, or a
 * process died on the way. Again, it has no second effect. Only whoever has the turn (`whileErasing`) may.
 */
export async function replayErasure(
  context: WorkContext,
  entry: LedgerEntry,
  { at = () => undefined }: { at?: Progress } = {},
): Promise<void> {
  const work = workOf(context)
  const body = readBody(entry.body)
  const noted = await positionIn(work.database)
  if ((noted?.sequence ?? 0) < entry.sequence) {
    const retained = await keepAgain(work, body)
    await eraseRows(
      work,
      { ...body, retained },
      { prepare: async () => undefined, enter: async () => entry, at, replay: true },
    )
  }
  await destroyKeys(work, body, entry, at)
}

/** What had to be kept is copied again where the restored database lacks it, under the ids that the ledger says. */
const keepAgain = (work: Work, { erasureId, contactIds, decision, retained }: ErasedBody) =>
  transact(
    work,
    'keepRetained',
    async (tx) => {
      const counts = await countHeld(tx, work.database, work.holders, contactIds)
      const records = retainedOf(tx, work, counts, decision)
      return storeRetained(work, erasureId, openable(work, records), retained)
    },
    { timeout: longest },
  )

/** Files that the destroyed key sealed don't open any more: then the record is kept without them. */
async function* openable({ keys, log }: Work, records: AsyncIterable<RetainedOf>): AsyncGenerator<RetainedOf> {
  for await (const { files = [], ...record } of records) {
    const isGone = (await keys.find([record.contactId])).get(record.contactId) === 'destroyed'
    if (isGone && files.length > 0) log.warn({ model: record.model, id: record.id }, 'kept without its files')
    yield { ...record, ...(!isGone && files.length > 0 && { files }) }
  }
}
