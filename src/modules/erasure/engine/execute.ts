import { isForeignKeyViolation } from '../../../database/sql-errors.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { catchUp } from '../../../ledger/bring-up.ts'
import type { LedgerPosition } from '../../../ledger/ledger.ts'
import { whileErasing } from '../../../ledger/turn.ts'
import { loggable } from '../../../log-error.ts'
import { removeFiles } from '../../documents/housekeeping.ts'
import type { RetainedFact } from '../../retention/kept/record.ts'
import { storeRetained } from '../../retention/kept/store.ts'
import { type ErasedBody, writeBody } from './body.ts'
import { destroyKeys, eraseRows } from './complete.ts'
import { countHeld } from './count.ts'
import type { Progress } from './erase.ts'
import { ErasureHeld, holdsOn } from './holder.ts'
import { personsOf } from './persons.ts'
import { differs, noting, retainedOf, type Seen } from './retained.ts'
import { type Work, workOf } from './work.ts'

/** An erasure that was decided; `facts`: what the register knows besides. */
export type ErasureOrder = Omit<ErasedBody, 'retained'>

const attempts = 3
const longest = 6 * 3_600_000

/**
 * Erases contacts, with those that are the same persons, for good:
 *
 * 1. What a law obliges to keep is copied, under keys of its own.
 * 2. In one transaction all modules erase, the log tells it, and all guards of the database agree. Only then it is written into the
 *    ledger, and only when it is durable there, the transaction is committed, with the row in the register.
 * 3. The contacts' keys are destroyed, which fences every process: nothing about them opens or can be logged any more.
 * 4. Files that nothing leads to any more are removed.
 *
 * Killed before the ledger has it, it has not begun; killed later, it is completed by whoever comes next, and before anything is served
 * again. Again with the same `erasureId`, it has no second effect.
 *
 * @param options.at Called between the steps.
 * @returns Its place in the ledger; undefined if there was nobody to erase. Throws ErasureHeld if a legal hold is on one of them, a
 *   LedgerFault if the ledger can't be relied on: then nothing happened.
 */
export async function executeErasure(
  context: WorkContext,
  order: ErasureOrder,
  { at = () => undefined }: { at?: Progress } = {},
): Promise<LedgerPosition | undefined> {
  const work = workOf(context)
  const position = await whileErasing(work.database, async () => {
    await catchUp(work)
    const before = await executedBefore(work, order.erasureId)
    if (before) return before
    const contactIds = await personsOf(work.database, order.contactIds)
    return contactIds.length > 0 ? begin(work, { ...order, contactIds }, at) : undefined
  })
  if (position) await removeFilesOrLog(work)
  return position
}

async function executedBefore({ database }: Work, id: string): Promise<LedgerPosition | undefined> {
  const row = await database.erasure.findUnique({ where: { id } })
  if (row?.state !== 'executed' || row.ledgerSequence === null || row.ledgerHash === null) return undefined
  return { sequence: Number(row.ledgerSequence), hash: row.ledgerHash }
}

async function begin(work: Work, order: ErasureOrder, at: Progress): Promise<LedgerPosition> {
  const { contactIds, decision } = order
  for (let attempt = 1; ; attempt++) {
    await at('begun')
    const seen: Seen = new Map()
    const body = { ...order, retained: await keep(work, order, seen) }
    await at('kept')
    const prepare = async (tx: Transaction) => {
      const holds = await holdsOn(tx, work, contactIds)
      if (holds.size > 0) throw new ErasureHeld(holds)
      const counts = await countHeld(tx, work.database, work.holders, contactIds)
      if (await differs(retainedOf(tx, work, counts, decision), seen)) throw new Changed()
    }
    try {
      const entry = await eraseRows(work, body, {
        prepare,
        enter: () => work.ledger.append('erased', writeBody(body)),
        at,
      })
      await destroyKeys(work, body, entry, at)
      return { sequence: entry.sequence, hash: entry.hash }
    } catch (error) {
      // Somebody added something at the same moment, which the transaction did not see yet.
      const isLate = error instanceof Changed || isForeignKeyViolation(error)
      if (!isLate || attempt === attempts) throw error
    }
  }
}

/** What has to be kept changed since it was copied. */
class Changed extends Error {}

/** Copies what has to be kept, as it is at one moment. */
const keep = (work: Work, { contactIds, decision, erasureId }: ErasureOrder, seen: Seen): Promise<RetainedFact[]> =>
  transact(
    work,
    'keepRetained',
    async (tx) => {
      const counts = await countHeld(tx, work.database, work.holders, contactIds)
      return storeRetained(work, erasureId, noting(retainedOf(tx, work, counts, decision), seen))
    },
    { timeout: longest },
  )

/** What fails is left to housekeeping: nothing opens these files any more. */
async function removeFilesOrLog(work: Work): Promise<void> {
  await removeFiles(work).catch((error: unknown) =>
    work.log.warn({ error: loggable(error) }, 'files of erased contacts are still there; housekeeping tries again'),
  )
}
