import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import {
  type EntryFault,
  hashOf,
  type LedgerEntry,
  type LedgerPosition,
  noHash,
  previousIn,
  readEntry,
} from './entry.ts'
import { LedgerFault } from './faults.ts'
import type { Place } from './places/place.ts'

/** What stands under a number in a place. */
export type Found = {
  sequence: number
  /** As it is there; absent, if it isn't. */
  text?: string
  /** What it says, if one of our keys signed it. */
  entry?: LedgerEntry
  /** What is wrong with it, or with how it follows the one before. */
  fault?: LedgerFault
}

/** Everything in one place after an entry (from the first one, without), with all that is wrong with it. */
export async function* inspect(
  place: Place,
  verifiers: readonly Verifier[],
  after?: LedgerEntry,
): AsyncGenerator<Found> {
  /** The entry before, unless it can't be read. */
  let last = after
  let expected = (after?.sequence ?? 0) + 1
  for await (const { sequence, text } of place.from(expected)) {
    if (sequence !== expected) {
      const gone = sequence - 1 === expected ? `entry ${expected}` : `entries ${expected} to ${sequence - 1}`
      const reason = `it is gone, though there is entry ${sequence}.`
      yield { sequence: expected, fault: new LedgerFault('tampered', `${place.name}, ${gone}`, reason) }
      last = undefined
    }
    const entry = entryIn(place, verifiers, sequence, text)
    if (entry instanceof LedgerFault) yield { sequence, text, fault: entry }
    else yield { sequence, text, entry, ...misfit(place, last, entry) }
    last = entry instanceof LedgerFault ? undefined : entry
    expected = sequence + 1
  }
}

/** An entry with its text, as a place has it. */
export type KeptEntry = { entry: LedgerEntry; text: string }

/** The entries of one place after a position. Throws a LedgerFault at the first that is not as it should be; those before were. */
export async function* walk(
  place: Place,
  verifiers: readonly Verifier[],
  position: LedgerPosition | undefined,
): AsyncGenerator<KeptEntry> {
  const after = position && (await entryAt(place, verifiers, position))
  for await (const { sequence, entry, text, fault } of inspect(place, verifiers, after)) {
    if (fault) throw fault
    if (!entry || text === undefined) throw new Error(`entry ${sequence} has neither text nor fault`)
    yield { entry, text }
  }
}

/** Whether all entries of a place from the first on are linked by their hashes up to this one: then none of them was altered. */
export async function leadsTo(place: Place, { sequence, hash }: LedgerPosition): Promise<boolean> {
  let last = noHash
  let expected = 1
  for await (const found of place.from(1)) {
    if (found.sequence !== expected++ || previousIn(found.text) !== last) return false
    last = hashOf(found.text)
    if (found.sequence === sequence) return last === hash
  }
  return false
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
    throw new LedgerFault('forked', placeOf(place, sequence), 'it is rightly signed, but not the entry that is known.')
  }
  return entry
}

/** The entry in a text that stands under a number. Throws a LedgerFault if there is none, or another. */
export function verified(place: Place, verifiers: readonly Verifier[], sequence: number, text: string): LedgerEntry {
  const entry = entryIn(place, verifiers, sequence, text)
  if (entry instanceof LedgerFault) throw entry
  return entry
}

function entryIn(place: Place, verifiers: readonly Verifier[], sequence: number, text: string) {
  const entry = readEntry(verifiers, text)
  if (typeof entry === 'string') {
    return new LedgerFault(entry === 'anotherKey' ? 'foreign' : 'tampered', placeOf(place, sequence), faults[entry])
  }
  if (entry.sequence === sequence) return entry
  return new LedgerFault('tampered', placeOf(place, sequence), `entry ${entry.sequence} stands in its place.`)
}

/** Why an entry can't come after another one, which is left out where nobody can say. */
function misfit(place: Place, last: LedgerEntry | undefined, entry: LedgerEntry): { fault?: LedgerFault } {
  const where = placeOf(place, entry.sequence)
  if (entry.sequence === 1) {
    const isFirst = entry.previous === noHash && (entry.kind === 'begun' || entry.kind === 'rebuilt')
    return isFirst ? {} : { fault: new LedgerFault('tampered', where, 'no ledger begins so.') }
  }
  if (!last) return {}
  if (entry.previous !== last.hash) {
    return { fault: new LedgerFault('forked', where, 'it does not go on from the entry before it.') }
  }
  if (entry.installation !== last.installation) {
    return { fault: new LedgerFault('foreign', where, `it is of the installation ${entry.installation}.`) }
  }
  return {}
}

/** Why there is no such entry. */
async function absence(place: Place, sequence: number) {
  const last = await place.last()
  if (last === undefined) {
    return new LedgerFault('missing', place.name, `it has no entries, of ${sequence} that are known.`)
  }
  return last < sequence
    ? new LedgerFault('stale', place.name, `it ends at entry ${last}, and entry ${sequence} is known.`)
    : new LedgerFault('tampered', placeOf(place, sequence), `it is gone, though there is entry ${last}.`)
}

const faults: Readonly<Record<EntryFault, string>> = {
  unreadable: "it can't be read: it was altered or cut off.",
  anotherKey: 'it was signed with another key than that of the audit log here.',
  wrongSignature: 'its signature is wrong: it was altered, or forged.',
}

const placeOf = (place: Place, sequence: number) => `${place.name}, entry ${sequence}`
