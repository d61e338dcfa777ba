import { leafColumns, leafEntryOf } from '../leaf-rows.ts'
import type { EpochStart } from './checkpoints.ts'
import type { Ask } from './connection.ts'
import type { Bound, Epoch, Finding } from './finding.ts'

/** Reads the entries that the epochs began with. What one says is sealed; that there is one, the checkpoints vouch for. */
export async function readEpochs(
  ask: Ask,
  starts: readonly EpochStart[],
  lost: ReadonlyMap<number, Bound>,
  add: (finding: Finding) => void,
): Promise<Epoch[]> {
  if (starts.length === 0) return []
  const rows = await ask(
    `SELECT ${leafColumns.system_audit_entry}, l.leaf_index FROM audit_leaf l JOIN system_audit_entry e ON e.id = l.entry_id
     WHERE l.leaf_index = ANY($1::bigint[])`,
    [starts.map(({ leafIndex }) => leafIndex)],
  )
  return starts.map(({ epoch, leafIndex }) => {
    const row = rows.find((found) => Number(found.at(-1)) === leafIndex)
    const entry = row && leafEntryOf(row)
    if (entry?.operation !== 'beginEpoch') {
      const text = `Epoch ${epoch} began with leaf ${leafIndex}, which isn't the entry that says why.`
      add({ kind: 'sequencerAltered', text, leafIndex })
    }
    return { epoch, leaves: leafIndex, entryId: entry?.id, time: entry?.recordedAt, lost: lost.get(epoch) }
  })
}

/** Says that the table the sequencer goes by names another epoch than the newest checkpoint. */
export function tellEpoch(epoch: number, newest: number, add: (finding: Finding) => void): void {
  if (epoch === newest) return
  const text = `The table audit_sequencer says that this is epoch ${epoch}, and the newest checkpoint is of epoch ${newest}.`
  add({ kind: 'sequencerAltered', text })
}
