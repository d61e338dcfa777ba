import type { WorkContext } from '../graphql/context.ts'
import type { LedgerEntry } from './entry.ts'

/** Does again what an entry of the kinds `erased` and `retained_ended` says, in the database, in the key store, and with files. */
export async function replayEntry(_context: WorkContext, entry: LedgerEntry): Promise<void> {
  throw new Error(`Nothing erases yet: entry ${entry.sequence} of the erasure ledger can't be done again.`)
}
