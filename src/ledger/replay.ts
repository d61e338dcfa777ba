import type { WorkContext } from '../graphql/context.ts'
import { replayErasure } from '../modules/erasure/engine/replay.ts'
import { replayLifted } from '../modules/erasure/lifted.ts'
import { replayRetainedEnded } from '../modules/retention/kept/end.ts'
import type { LedgerEntry } from './entry.ts'

/** Does again what an entry says, but for `begun` and `rebuilt`: in the database, in the key store, and with files. */
export async function replayEntry(context: WorkContext, entry: LedgerEntry): Promise<void> {
  if (entry.kind === 'erased') return replayErasure(context, entry)
  if (entry.kind === 'retained_ended') return replayRetainedEnded(context, entry)
  if (entry.kind === 'fingerprints_lifted') return replayLifted(context, entry)
  throw new Error(`Entry ${entry.sequence} of the erasure ledger, ${entry.kind}, is none that is done again.`)
}
