import type { KnownCheckpoint } from '../checkpoint/epochs.ts'
import { readCheckpoint } from '../checkpoint/note.ts'
import type { Anchor, OutsideNote } from './anchors.ts'
import type { Ask } from './connection.ts'
import type { Bound, Finding } from './finding.ts'
import { acceptText, leavesText } from './names.ts'
import { noteOf, type StoredNote } from './rows.ts'

/** Where an epoch began, by its first checkpoint: with which leaf. */
export type EpochStart = { epoch: number; leafIndex: number }

type Open = (note: string) => KnownCheckpoint | undefined

const inDatabase = 'the database'

// From one epoch to the next, without looking at all the checkpoints between.
const firsts = `
  WITH RECURSIVE e (epoch) AS (
    SELECT min(epoch) FROM audit_checkpoint
    UNION ALL
    SELECT (SELECT min(c.epoch) FROM audit_checkpoint c WHERE c.epoch > e.epoch) FROM e WHERE e.epoch IS NOT NULL
  )
  SELECT c.* FROM e CROSS JOIN LATERAL (
    SELECT epoch, tree_size, note FROM audit_checkpoint WHERE epoch = e.epoch ORDER BY tree_size LIMIT 1
  ) c LIMIT 1000`

/** Where the epochs after the first one began, as far as their first checkpoint is signed. */
export async function readEpochStarts(ask: Ask, open: Open): Promise<EpochStart[]> {
  return (await ask(firsts)).map(noteOf).flatMap((row) => {
    const isFirst = row.epoch > 1 && isTrue(row, open(row.note))
    return isFirst ? [{ epoch: row.epoch, leafIndex: row.size - 1 }] : []
  })
}

/** The largest size that a checkpoint in the database rightly says. */
export async function newestSize(ask: Ask, open: Open): Promise<number> {
  const rows = await ask(
    'SELECT epoch, tree_size, note FROM audit_checkpoint ORDER BY tree_size DESC, epoch DESC LIMIT 100',
  )
  return rows.map(noteOf).find((row) => isTrue(row, open(row.note)))?.size ?? 0
}

const isTrue = ({ epoch, size }: StoredNote, checkpoint: KnownCheckpoint | undefined): boolean =>
  checkpoint?.epoch === epoch && checkpoint.size === size

/**
 * Sorts out checkpoints, those in the database and those from outside: which the tree has to fulfil, and which are of a part
 * that an earlier epoch lost, as the log itself says.
 */
export class Checkpoints {
  private readonly open: Open
  private readonly starts: readonly EpochStart[]
  private readonly accepted: ReadonlySet<number>
  private readonly add: (finding: Finding) => void
  private outside: (OutsideNote & { size: number })[] = []
  /** Those in the database that are signed. */
  count = 0
  newest: KnownCheckpoint | undefined
  /** By epoch that began afterwards, the largest that is known of what it doesn't have. */
  readonly lost = new Map<number, Bound>()
  /** Of these, what the database and the copies in the data folder say: where. */
  private readonly lostHere = new Map<number, Bound & { source: string }>()

  constructor(
    open: Open,
    { starts, accepted }: { starts: readonly EpochStart[]; accepted: readonly number[] },
    add: (finding: Finding) => void,
  ) {
    this.open = open
    this.starts = starts
    this.accepted = new Set(accepted)
    this.add = add
  }

  /** Takes notes from outside, before those in the database are asked for. */
  bring(notes: readonly OutsideNote[]): void {
    const distinct = new Map(notes.toReversed().map((outside) => [outside.note, outside]))
    for (const outside of distinct.values()) {
      const size = readCheckpoint(outside.note)?.size
      if (size === undefined) this.add(forged(outside.source))
      else this.outside.push({ ...outside, size })
    }
    this.outside.sort((one, other) => one.size - other.size)
  }

  /** The checkpoints to be fulfilled up to a size, by their sizes; `stored` are those in the database that no call before had. */
  upTo(size: number, stored: readonly StoredNote[]): Anchor[] {
    const anchors = stored.flatMap((row) => this.storedAnchor(row) ?? [])
    const known = new Set(stored.map(({ note }) => note))
    const places = new Set(stored.map((row) => `${row.epoch}/${row.size}`))
    const next = this.outside.findIndex((outside) => outside.size > size)
    const here = this.outside.splice(0, next === -1 ? this.outside.length : next)
    for (const outside of here) {
      const checkpoint = this.open(outside.note)
      if (!checkpoint) this.add(forged(outside.source, outside.size))
      else if (!this.isLost(checkpoint, outside) && !known.has(outside.note)) {
        const isStored = places.has(`${checkpoint.epoch}/${checkpoint.size}`)
        anchors.push({ ...checkpoint, source: outside.source, isStored })
      }
    }
    return anchors.sort((one, other) => one.size - other.size)
  }

  private storedAnchor(row: StoredNote): Anchor | undefined {
    const checkpoint = this.open(row.note)
    if (!checkpoint) {
      this.add(forged(inDatabase, row.size))
      return undefined
    }
    if (!isTrue(row, checkpoint)) {
      const text = `The database has the checkpoint of ${checkpoint.size} leaves (${checkpoint.origin}) as one of ${row.size} leaves in epoch ${row.epoch}.`
      this.add({ kind: 'checkpointAltered', text })
      return undefined
    }
    this.count++
    if (!this.newest || isNewer(checkpoint, this.newest)) this.newest = checkpoint
    const { signedAt } = row
    return this.isLost(checkpoint, { source: inDatabase, isBrought: false })
      ? undefined
      : { ...checkpoint, source: inDatabase, isStored: true, signedAt }
  }

  /** Whether it is of an epoch that ended before its size was reached: as the log says that followed. */
  private isLost({ epoch, origin, size }: KnownCheckpoint, { source, isBrought }: Omit<OutsideNote, 'note'>): boolean {
    const next = this.starts.find((start) => start.epoch > epoch && start.leafIndex < size)
    if (!next) return false
    if (size > (this.lost.get(next.epoch)?.size ?? 0)) this.lost.set(next.epoch, { origin, size })
    if (isBrought) this.tellLost(next, { origin, size, source })
    else if (size > (this.lostHere.get(next.epoch)?.size ?? 0)) this.lostHere.set(next.epoch, { origin, size, source })
    return true
  }

  /** Says what the copies that are kept here tell of losses. */
  finish(): void {
    for (const start of this.starts) {
      const known = this.lostHere.get(start.epoch)
      if (known) this.tellLost(start, known)
    }
  }

  private tellLost({ epoch, leafIndex }: EpochStart, { origin, size, source }: Bound & { source: string }) {
    if (this.accepted.has(epoch)) return
    const text =
      `The checkpoint of ${size} leaves (${origin}) in ${source} is of before epoch ${epoch}, which began after ${leafIndex} ` +
      `leaves: what was signed as ${leavesText(leafIndex, size - 1)} is gone, or was signed anew. ${acceptText(epoch)}`
    this.add({ kind: 'rolledBack', text, leafIndex, lastLeafIndex: size - 1, before: { origin, size } })
  }
}

const isNewer = (one: KnownCheckpoint, other: KnownCheckpoint) =>
  one.epoch === other.epoch ? one.size > other.size : one.epoch > other.epoch

function forged(source: string, size?: number): Finding {
  const which = size === undefined ? 'A checkpoint' : `The checkpoint of ${size} leaves`
  return { kind: 'checkpointForged', text: `${which} in ${source} isn't signed with the key of the log.` }
}
