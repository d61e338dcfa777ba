import type { EpochStart } from './checkpoints.ts'
import type { OlderEntries } from './finding.ts'
import type { StoredLeaf } from './rows.ts'

/**
 * Counts, for each epoch, the entries with leaves of it that were there before it began. What signed them before is of no
 * epoch that still counts: whether they are what they were then, the log itself can't tell.
 */
export class Anew {
  readonly found = new Map<number, OlderEntries>()
  private readonly starts: ReadonlyMap<number, number>
  private current: { epoch: number; recordedAt: string; from: bigint; to: bigint } | undefined
  private before = '0'

  constructor(starts: readonly EpochStart[]) {
    this.starts = new Map(starts.map(({ epoch, leafIndex }) => [leafIndex, epoch]))
  }

  /** Takes the next leaf. */
  leaf({ index, entry }: StoredLeaf): void {
    const epoch = this.starts.get(index)
    if (epoch !== undefined) {
      const { recordedAt = '', transactionId = '0' } = entry ?? {}
      this.current = { epoch, recordedAt, from: BigInt(this.before), to: BigInt(transactionId) }
    } else if (this.current && entry) {
      const { recordedAt, from, to, epoch } = this.current
      // In a database that was moved, transactions count anew; then those after are outside of these bounds.
      const transaction = BigInt(entry.transactionId)
      if (entry.recordedAt < recordedAt || (transaction >= from && transaction < to)) this.count(epoch, index)
    }
    if (entry) this.before = entry.transactionId
  }

  private count(epoch: number, index: number) {
    const { entries = 0, firstLeaf = index } = this.found.get(epoch) ?? {}
    this.found.set(epoch, { entries: entries + 1, firstLeaf, lastLeaf: index })
  }
}
