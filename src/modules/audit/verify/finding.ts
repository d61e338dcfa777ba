/** What was done to the log. */
export type FindingKind =
  /** An entry is not what was signed. */
  | 'edited'
  /** An entry is gone. */
  | 'removed'
  /** Entries have changed places in the tree. */
  | 'reordered'
  /** An entry or a leaf is there that never came into the log by the product. */
  | 'inserted'
  /** The end of the log is gone, and the database itself tells of it. */
  | 'truncated'
  /** The log is an earlier one than a checkpoint outside of the database tells of. */
  | 'rolledBack'
  /** Entries and leaves fit each other, but not what was signed. */
  | 'rewritten'
  /** A row of the tree is not what it was: the entry is. */
  | 'leafAltered'
  | 'leafRemoved'
  | 'nodeAltered'
  | 'nodeRemoved'
  | 'checkpointForged'
  | 'checkpointAltered'
  | 'checkpointRemoved'
  /** Numbers of the entries about a contact are missing, or there twice. */
  | 'sequenceGap'
  /** Entries are older than the epoch that signed them, and nobody accepted it. */
  | 'signedAnew'
  /** A time that is shown isn't one that it can be. */
  | 'timeOff'
  /** What the sequencer goes by can't be. */
  | 'sequencerAltered'
  /** The tables of the log are others than the product makes. */
  | 'tableAltered'
  /** PostgreSQL doesn't protect the log as it should. */
  | 'guardOff'

/** A signed checkpoint, by what it says. */
export type Bound = { origin: string; size: number }

/** Something that is not as it was signed. */
export type Finding = {
  kind: FindingKind
  /** In a plain sentence. */
  text: string
  table?: 'audit_entry' | 'system_audit_entry'
  entryId?: string
  contactId?: string
  /** The how manieth entry about the contact. */
  sequence?: number
  /** RFC 3339. Of an entry that is gone, what its id says. */
  time?: string
  leafIndex?: number
  /** Where there are several: the last one. */
  lastLeafIndex?: number
  /** The last signed checkpoint before it that is fulfilled. */
  after?: Bound
  /** The first signed checkpoint that covers it: what it vouches for isn't so. */
  before?: Bound
}

/** A new beginning of the log under another name: after it lost entries, such as by restoring a backup. */
export type Epoch = {
  epoch: number
  /** How many leaves the log had then. */
  leaves: number
  /** The entry that says why. */
  entryId: string | undefined
  time: string | undefined
  /** The last checkpoint known of before, if it had more leaves. */
  lost: Bound | undefined
  /** Entries that were there before it began, and got their leaves in it. */
  older: OlderEntries | undefined
  /** Whether somebody said that it began for good reason. */
  accepted: boolean
}

export type OlderEntries = { entries: number; firstLeaf: number; lastLeaf: number }

const mostOfAKind = 1000

/** Takes down findings, of each kind no more than anybody reads. */
export function collectFindings() {
  const list: Finding[] = []
  const counts = new Map<FindingKind, number>()
  let omitted = 0
  return {
    list,
    omitted: () => omitted,
    add: (finding: Finding): void => {
      const count = (counts.get(finding.kind) ?? 0) + 1
      counts.set(finding.kind, count)
      if (count <= mostOfAKind) list.push(finding)
      else omitted++
    },
  }
}
