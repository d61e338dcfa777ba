import { ownCheckpoint } from '../checkpoint/epochs.ts'
import { findDiscrepancy } from './assess.ts'
import type { Tools } from './begin.ts'
import { newestNote } from './own-log.ts'

/**
 * What a process does while another one puts entries into the tree: keeps copies of the checkpoints outside of the database
 * as well, each on its own machine. Says whether the database still has what its own copies say; if not, it takes over, since
 * the other one doesn't seem to know.
 */
export async function followLog({ pool, query, signer, outside }: Tools): Promise<boolean> {
  // Before the database is read, which can only have more by then.
  const copy = await outside.newest()
  const note = await newestNote(pool)
  const checkpoint = note === undefined ? undefined : ownCheckpoint(signer, note)
  if (!checkpoint || checkpoint.note === copy?.note) return true
  const { size, epoch } = checkpoint
  if (await findDiscrepancy(query, { size, epoch, checkpoint }, copy)) return false
  outside.keep(checkpoint.note)
  return true
}
