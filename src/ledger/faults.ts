/**
 * What is wrong with the ledger. `missing`: there is none, though there was. `stale`: it lacks its newest entries. `forked`: it
 * goes on in two ways. `tampered`: an entry was altered, removed, or is not what was written. `foreign`: it is of another
 * installation, or signed with another key. `unreachable`: a place of it does not answer.
 */
export type LedgerFaultKind = 'missing' | 'stale' | 'forked' | 'tampered' | 'foreign' | 'unreachable'

/** The ledger can't be relied on: nothing may be served, and nothing erased, until somebody has looked at it. */
export class LedgerFault extends Error {
  override readonly name = 'LedgerFault'
  readonly kind: LedgerFaultKind
  /** Where: a place, and in it an entry as a rule. */
  readonly place: string
  /** A sentence. */
  readonly reason: string

  constructor(kind: LedgerFaultKind, place: string, reason: string, cause?: unknown) {
    super(`The erasure ledger is ${words[kind]} (${place}): ${reason}`, { cause })
    this.kind = kind
    this.place = place
    this.reason = reason
  }
}

const words: Readonly<Record<LedgerFaultKind, string>> = {
  missing: 'missing',
  stale: 'older than what it watches over',
  forked: 'forked',
  tampered: 'damaged or tampered with',
  foreign: 'not the one of this installation',
  unreachable: 'not reachable',
}
