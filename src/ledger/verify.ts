import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import { inspect } from './chain.ts'
import type { LedgerEntry, LedgerPosition } from './entry.ts'
import { LedgerFault } from './faults.ts'
import { formerOf, interrupted, leastOf } from './former.ts'
import type { Place } from './places/place.ts'

/** An entry that somebody knows of from elsewhere, and from where. */
export type Anchor = LedgerPosition & { source: string }

/** What is in one place of a ledger. */
export type PlaceReport = {
  name: string
  /** How many entries can be read and are rightly signed. */
  entries: number
  head: LedgerEntry | undefined
  faults: LedgerFault[]
}

/** What is in all of them. `faults`: what they tell together, and of the anchors. */
export type LedgerReport = { places: PlaceReport[]; head: LedgerEntry | undefined; faults: LedgerFault[] }

/**
 * Reads all of a ledger in all of its places, changes nothing, and tells all that is wrong: with each entry, between the places,
 * and with what is known from elsewhere.
 */
export async function verifyLedger(
  places: readonly Place[],
  verifiers: readonly Verifier[],
  anchors: readonly Anchor[],
): Promise<LedgerReport> {
  const reports: PlaceReport[] = []
  for (const place of places) reports.push(await reportOf(place, verifiers, anchors))
  const head = reports
    .flatMap((report) => report.head ?? [])
    .reduce<LedgerEntry | undefined>(
      (best, entry) => (entry.sequence > (best?.sequence ?? 0) ? entry : best),
      undefined,
    )
  const faults: LedgerFault[] = []
  if (!head) {
    faults.push(new LedgerFault('missing', places.map(({ name }) => name).join(', '), 'there are no entries.'))
  }
  for (const report of reports) {
    if (!head || !report.head || report.head.hash === head.hash) continue
    faults.push(
      report.head.sequence < head.sequence
        ? new LedgerFault('stale', report.name, `it ends at entry ${report.head.sequence} of ${head.sequence}.`)
        : new LedgerFault('forked', report.name, `its entry ${head.sequence} is another one than elsewhere.`),
    )
  }
  return { places: reports, head, faults: [...faults, ...(await forks(places, head))] }
}

async function reportOf(
  place: Place,
  verifiers: readonly Verifier[],
  anchors: readonly Anchor[],
): Promise<PlaceReport> {
  const report: PlaceReport = { name: place.name, entries: 0, head: undefined, faults: [] }
  const unmet = new Map(anchors.map((anchor) => [anchor, new LedgerFault('stale', place.name, lacks(anchor))]))
  let last = 0
  let least: number | undefined
  try {
    for await (const { sequence, entry, fault } of inspect(place, verifiers)) {
      last = sequence
      if (fault) report.faults.push(fault)
      if (!entry) continue
      report.entries++
      report.head = entry
      least ??= leastOf(entry) ?? 0
      const hashes = [entry.hash, ...formerOf(entry).map(({ hash }) => hash)]
      for (const anchor of unmet.keys()) {
        if (hashes.includes(anchor.hash)) unmet.delete(anchor)
        else if (anchor.sequence === sequence) unmet.set(anchor, mismatch(place, anchor))
      }
    }
  } catch (error) {
    if (!(error instanceof LedgerFault)) throw error
    report.faults.push(error)
  }
  if (least && last < least) report.faults.push(interrupted(place.name, last, least))
  // Of an entry that is gone or damaged that was told.
  for (const [{ sequence }, fault] of unmet) if (fault.kind === 'forked' || sequence > last) report.faults.push(fault)
  return report
}

const lacks = ({ sequence, source }: Anchor) => `it lacks entry ${sequence}, which ${source} knows.`

const mismatch = (place: Place, { sequence, source }: Anchor) =>
  new LedgerFault('forked', `${place.name}, entry ${sequence}`, `it is not the one that ${source} knows.`)

/** Places that are shorter, and end with another entry than the longest has there. */
async function forks(places: readonly Place[], head: LedgerEntry | undefined): Promise<LedgerFault[]> {
  if (!head || places.length < 2) return []
  const found: LedgerFault[] = []
  for (const place of places) {
    const last = await place.last().catch(() => undefined) // Told above.
    if (last === undefined || last >= head.sequence) continue
    const texts = await Promise.all(places.map((other) => other.read(last).catch(() => undefined)))
    if (new Set(texts.filter((text) => text !== undefined)).size < 2) continue
    found.push(new LedgerFault('forked', `${place.name}, entry ${last}`, 'other places have another entry there.'))
  }
  return found
}
