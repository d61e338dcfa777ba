import { z } from 'zod'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { catchUp } from '../../ledger/bring-up.ts'
import type { LedgerEntry } from '../../ledger/ledger.ts'
import { notePosition } from '../../ledger/position.ts'
import { whileErasing } from '../../ledger/turn.ts'

// Whoever was let in again stays so, whichever backup is restored: the ledger tells of fingerprints that were lifted. It does so a little
// later, since nobody who enters a contact may have to wait for whoever erases.

const batch = 500
const body = z.object({ ids: z.array(z.uuid()) })

/** Lifts fingerprints, in the caller's unit of work. */
export async function lift(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.erasureFingerprint.deleteMany({ where: { id: { in: [...ids] } } })
  await tx.$executeRaw`
    INSERT INTO erasure_fingerprint_lift (id) SELECT unnest(${[...ids]}::uuid[]) ON CONFLICT DO NOTHING`
}

/** Lets the ledger tell of what was lifted since. Any number of processes may. */
export async function tellLifted(context: WorkContext): Promise<void> {
  const { database } = context
  const next = () => database.erasureFingerprintLift.findMany({ orderBy: { id: 'asc' }, take: batch })
  // Without the turn: as a rule there is nothing to tell.
  while ((await next()).length > 0) {
    await whileErasing(database, async () => {
      await catchUp(context)
      const ids = (await next()).map(({ id }) => id)
      if (ids.length > 0) await replayLifted(context, await context.ledger.append('fingerprints_lifted', { ids }))
    })
  }
}

/** Does what an entry `fingerprints_lifted` says, for whoever has the turn. Again is no harm. */
export async function replayLifted(context: WorkContext, entry: LedgerEntry): Promise<void> {
  const where = { id: { in: body.parse(entry.body).ids } }
  await transact(context, 'liftErasureFingerprints', async (tx) => {
    await tx.erasureFingerprint.deleteMany({ where })
    await tx.erasureFingerprintLift.deleteMany({ where })
    await notePosition(tx, entry)
  })
  await context.keys.noteLedger(entry)
}
