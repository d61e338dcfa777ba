import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../database/json.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import type { Signer } from '../modules/audit/checkpoint/keys.ts'
import { entryAt, leadsTo, walk } from './chain.ts'
import { type LedgerEntry, type LedgerKind, type LedgerPosition, writeEntry } from './entry.ts'
import { LedgerFault } from './faults.ts'
import { openPlace, type Place } from './places/place.ts'
import { reachable } from './places/reachable.ts'
import { settle } from './replicas.ts'
import type { LedgerPlace } from './settings.ts'

export type { LedgerEntry, LedgerKind, LedgerPosition } from './entry.ts'
export { LedgerFault, type LedgerFaultKind } from './faults.ts'

/**
 * What was erased, written down outside of the database before it is erased, so that it stays so whichever backup is put
 * back. Append-only, chained, signed; no personal data. Everything throws a LedgerFault where the ledger isn't as it should be.
 */
export type Ledger = {
  /** Where it is kept, for people. */
  places: readonly string[]
  /**
   * Adds an entry, which is durable when this settles. Of several at once, each gets a number of its own. Rejected, it may
   * nevertheless be there (a server that took it and did not answer): whoever goes on reads the ledger before.
   */
  append: (kind: LedgerKind, body: JsonObject) => Promise<LedgerEntry>
  /** The entries after a position, verified; from the first one, without. */
  after: (position: LedgerPosition | undefined) => AsyncIterable<LedgerEntry>
  /** The newest entry; undefined: the ledger hasn't begun. Places that lack entries get them from one that has them. */
  head: () => Promise<LedgerEntry | undefined>
  /** Throws, unless the entry with this number is this one. */
  confirm: (position: LedgerPosition) => Promise<void>
  /**
   * Reads all of it in all of its places; returns how many entries there are. Up to a position that is known, the chain of hashes
   * that ends there proves all before it; without one, and after it, each signature is checked.
   */
  check: (known?: LedgerPosition) => Promise<number>
  close: () => Promise<void>
}

/** Opens the ledger in its places. Nothing is read or made yet. */
export const openLedger = (config: { ledger: readonly LedgerPlace[] }, signer: Signer, log?: Logger): Ledger =>
  ledgerIn(config.ledger.map(openPlace), signer, log)

/** The ledger in these places, which are in the order in which they are written. */
export function ledgerIn(given: readonly Place[], signer: Signer, log?: Logger): Ledger {
  const places = given.map(reachable)
  const verifiers = [signer]
  let known: LedgerEntry | undefined
  let appending: Promise<unknown> = Promise.resolve()

  /** The newest entry, and a place that has it. */
  async function newest() {
    const end = await settle({ places, verifiers, known, log })
    known = end?.entry
    return end
  }

  /** The same, where there has to be one. */
  async function present() {
    const end = await newest()
    if (!end) throw new LedgerFault('missing', places.map(({ name }) => name).join(', '), 'it has no entries.')
    return end
  }

  async function append(kind: LedgerKind, body: JsonObject): Promise<LedgerEntry> {
    for (;;) {
      const end = await newest()
      if (end && kind === 'begun') return end.entry
      if (!end && kind !== 'begun' && kind !== 'rebuilt') {
        throw new LedgerFault('missing', places.map(({ name }) => name).join(', '), 'it has not begun.')
      }
      const installation = end?.entry.installation ?? randomUUID()
      const { entry, text } = writeEntry(signer, end?.entry, { kind, body, installation, at: new Date() })
      const [first, ...others] = places
      if (!first || !(await put(first, entry, text))) continue // Somebody else was faster.
      for (const place of others) await repeat(place, entry, text)
      known = entry
      return entry
    }
  }

  /** The entry is written already, so nothing fails any more: the next one waits for this place. */
  async function repeat(place: Place, entry: LedgerEntry, text: string) {
    try {
      if (await put(place, entry, text)) return
      log?.error({ place: place.name, sequence: entry.sequence }, 'the erasure ledger has another entry there')
    } catch (error) {
      const facts = { place: place.name, sequence: entry.sequence, error: loggable(error) }
      log?.error(facts, 'the erasure ledger could not be written there; it is tried again before the next erasure')
    }
  }

  return {
    places: places.map(({ name }) => name),
    append: (kind, body) => {
      const next = appending.then(() => append(kind, body))
      appending = next.catch(() => undefined)
      return next
    },
    after: async function* (position) {
      const end = position ? await present() : await newest()
      if (end) for await (const { entry } of walk(end.place, verifiers, position)) yield entry
    },
    head: async () => (await newest())?.entry,
    confirm: async (position) => {
      await entryAt((await present()).place, verifiers, position)
    },
    check: async (position) => {
      let most = 0
      for (const place of places) {
        const proven = position && (await leadsTo(place, position)) ? position : undefined
        most = Math.max(most, proven?.sequence ?? 0)
        for await (const { entry } of walk(place, verifiers, proven)) most = Math.max(most, entry.sequence)
      }
      return most
    },
    close: async () => {
      await Promise.all(places.map((place) => place.close()))
    },
  }
}

/** Whether the entry is there now: by us, as far as we got an answer, or by somebody who copied it. */
async function put(place: Place, { sequence }: LedgerPosition, text: string): Promise<boolean> {
  try {
    if (await place.create(sequence, text)) return true
  } catch (error) {
    if ((await place.read(sequence).catch(() => undefined)) === text) return true
    throw error
  }
  return (await place.read(sequence)) === text
}
