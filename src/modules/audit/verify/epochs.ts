import { leafColumns, leafEntryOf } from '../leaf-rows.ts'
import type { EpochStart } from './checkpoints.ts'
import type { Ask } from './connection.ts'
import type { Bound, Epoch, Finding, OlderEntries } from './finding.ts'
import { acceptText, leavesText } from './names.ts'

type Known = {
  lost: ReadonlyMap<number, Bound>
  older: ReadonlyMap<number, OlderEntries>
  accepted: readonly number[]
}

/** Reads the entries that the epochs began with. What one says is sealed; that there is one, the checkpoints vouch for. */
export async function readEpochs(
  ask: Ask,
  starts: readonly EpochStart[],
  { lost, older, accepted }: Known,
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
    const anew = older.get(epoch)
    const isAccepted = accepted.includes(epoch)
    if (anew && !isAccepted) add(anewFinding(epoch, anew))
    const began = { entryId: entry?.id, time: entry?.recordedAt }
    return { epoch, leaves: leafIndex, ...began, lost: lost.get(epoch), older: anew, accepted: isAccepted }
  })
}

function anewFinding(epoch: number, { entries, firstLeaf, lastLeaf }: OlderEntries): Finding {
  const text =
    entries === 1
      ? `The entry with ${leavesText(firstLeaf)} is older than epoch ${epoch}: it was signed anew, or had waited; only checkpoints of before prove it.`
      : `${entries} entries with ${leavesText(firstLeaf, lastLeaf)} are older than epoch ${epoch}: they were signed anew, or had waited; only checkpoints of before prove them.`
  return {
    kind: 'signedAnew',
    text: `${text} ${acceptText(epoch)}`,
    leafIndex: firstLeaf,
    lastLeafIndex: lastLeaf,
  }
}

/** Says that the table the sequencer goes by names another epoch than the newest checkpoint. */
export function tellEpoch(epoch: number, newest: number, add: (finding: Finding) => void): void {
  if (epoch === newest) return
  const text = `The table audit_sequencer says that this is epoch ${epoch}, and the newest checkpoint is of epoch ${newest}.`
  add({ kind: 'sequencerAltered', text })
}
