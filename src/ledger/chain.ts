import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import { type EntryFault, type LedgerEntry, type LedgerPosition, noHash, readEntry } from './entry.ts'
import { LedgerFault } from './faults.ts'
import type { Place } from './places/place.ts'

/** An entry with its text, as a place has it. */
export type KeptEntry = { entry: LedgerEntry; text: string }

/**
 * The entries of one place after a position (from the first one, without), each verified: its signature, its number, that it
 * goes on from the one before, and that all are of one installation. Throws a LedgerFault at the first that is not so; what
 * came before it was right.
 */
export async function* walk(
  place: Place,
  verifiers: readonly Verifier[],
  position: LedgerPosition | undefined,
): AsyncGenerator<KeptEntry> {
  let last: LedgerEntry | undefined = position && (await entryAt(place, verifiers, position))
  for await (const { sequence, text } of place.from((last?.sequence ?? 0) + 1)) {
    const expected = (last?.sequence ?? 0) + 1
    if (sequence !== expected) {
      throw new LedgerFault('tampered', placeOf(place, expected), `it is gone, though there is entry ${sequence}.`)
    }
    const entry = verified(place, verifiers, sequence, text)
    if (entry.previous !== (last?.hash ?? noHash)) {
      throw new LedgerFault('forked', placeOf(place, sequence), 'it does not go on from the entry before it.')
    }
    if (last && entry.installation !== last.installation) {
      throw new LedgerFault('foreign', placeOf(place, sequence), `it is of the installation ${entry.installation}.`)
    }
    if (entry.kind === 'begun' && last) {
      throw new LedgerFault('tampered', placeOf(place, sequence), 'a ledger begins once.')
    }
    if (!last && entry.kind !== 'begun' && entry.kind !== 'rebuilt') {
      throw new LedgerFault('tampered', placeOf(place, sequence), 'a ledger does not begin so.')
    }
    yield { entry, text }
    last = entry
  }
}

/** The entry of a place that somebody knows to be there. Throws a LedgerFault if it isn't that one. */
export async function entryAt(
  place: Place,
  verifiers: readonly Verifier[],
  { sequence, hash }: LedgerPosition,
): Promise<LedgerEntry> {
  const text = await place.read(sequence)
  if (text === undefined) throw await absence(place, sequence)
  const entry = verified(place, verifiers, sequence, text)
  if (entry.hash !== hash) {
    throw new LedgerFault('forked', placeOf(place, sequence), 'it is rightly signed, but not the entry that was known.')
  }
  return entry
}

/** Why there is no such entry. */
async function absence(place: Place, sequence: number) {
  const last = await place.last()
  if (last === undefined)
    return new LedgerFault('missing', place.name, `it has no entries, of ${sequence} that are known.`)
  return last < sequence
    ? new LedgerFault('stale', place.name, `it ends at entry ${last}, and entry ${sequence} is known.`)
    : new LedgerFault('tampered', placeOf(place, sequence), `it is gone, though there is entry ${last}.`)
}

/** The entry in a text that stands under a number. Throws a LedgerFault if there is none, or another. */
export function verified(place: Place, verifiers: readonly Verifier[], sequence: number, text: string): LedgerEntry {
  const entry = readEntry(verifiers, text)
  if (typeof entry === 'string') {
    throw new LedgerFault(entry === 'anotherKey' ? 'foreign' : 'tampered', placeOf(place, sequence), faults[entry])
  }
  if (entry.sequence !== sequence) {
    throw new LedgerFault('tampered', placeOf(place, sequence), `entry ${entry.sequence} stands in its place.`)
  }
  return entry
}

const faults: Readonly<Record<EntryFault, string>> = {
  unreadable: 'it can not be read: it was altered or cut off.',
  anotherKey: 'it was signed with another key than that of the audit log here.',
  wrongSignature: 'its signature is wrong: it was altered, or forged.',
}

const placeOf = (place: Place, sequence: number) => `${place.name}, entry ${sequence}`
