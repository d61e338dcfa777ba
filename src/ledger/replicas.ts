import type { Logger } from '../log.ts'
import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import { entryAt, verified, walk } from './chain.ts'
import type { LedgerEntry } from './entry.ts'
import { LedgerFault } from './faults.ts'
import type { Place } from './places/place.ts'

// A ledger in several places: they hold the same, and the newest counts.

type Replicas = {
  places: readonly Place[]
  verifiers: readonly Verifier[]
  /** The newest entry that this process has seen: no place may go on without it. */
  known: LedgerEntry | undefined
  log?: Logger | undefined
}

/**
 * Finds the newest entry, and copies what other places lack of those before. Undefined: there are no entries anywhere. Throws a
 * LedgerFault if a place can't be asked, or has other entries than the newest one.
 */
export async function settle(replicas: Replicas): Promise<{ place: Place; entry: LedgerEntry } | undefined> {
  const { places, verifiers, known, log } = replicas
  const ends = await Promise.all(places.map(async (place) => ({ place, last: await endOf(place, known) })))
  const newest = ends.reduce((best, end) => ((end.last ?? 0) > (best.last ?? 0) ? end : best), { ...ends[0] })
  if (!newest.place || newest.last === undefined) {
    if (!known) return undefined
    throw new LedgerFault(
      'missing',
      places.map(({ name }) => name).join(', '),
      `all ${known.sequence} entries are gone.`,
    )
  }
  const { place, last } = newest
  const entry = await headOf(place, last, replicas)
  for (const other of ends) {
    if (other.place === place) continue
    await compare(other, { place, verifiers })
    if (other.last === last) continue
    await copy(other, { place, verifiers })
    const facts = { place: other.place.name, had: other.last ?? 0, has: last }
    log?.warn(facts, 'this place of the erasure ledger lacked entries; it got them from another one')
  }
  return { place, entry }
}

/** The highest number in a place, asked without listing all where we know where the end was. */
async function endOf(place: Place, known: LedgerEntry | undefined): Promise<number | undefined> {
  if (!known || (await place.read(known.sequence)) === undefined) return place.last()
  let last = known.sequence
  while ((await place.read(last + 1)) !== undefined) last++
  return last
}

/** The last entry, which goes on from the one that is known. */
async function headOf(place: Place, last: number, { verifiers, known }: Replicas): Promise<LedgerEntry> {
  if (!known) return verified(place, verifiers, last, (await place.read(last)) ?? '')
  if (last === known.sequence) return entryAt(place, verifiers, known)
  let head = known // Throws where this place hasn't that one.
  for await (const { entry } of walk(place, verifiers, known)) head = entry
  return head
}

type Newest = { place: Place; verifiers: readonly Verifier[] }

/** Throws, if the last entry of a place is another one than that of the newest place. */
async function compare({ place, last }: { place: Place; last: number | undefined }, newest: Newest) {
  if (last === undefined) return
  const [own, theirs] = await Promise.all([place.read(last), newest.place.read(last)])
  if (own === theirs) return
  verified(newest.place, newest.verifiers, last, theirs ?? '')
  verified(place, newest.verifiers, last, own ?? '')
  throw new LedgerFault(
    'forked',
    `${place.name}, entry ${last}`,
    `${newest.place.name} has another entry with this number, and both are rightly signed.`,
  )
}

async function copy({ place, last }: { place: Place; last: number | undefined }, newest: Newest) {
  const position =
    last === undefined
      ? undefined
      : verified(newest.place, newest.verifiers, last, (await newest.place.read(last)) ?? '')
  for await (const { entry, text } of walk(newest.place, newest.verifiers, position)) {
    if (!(await place.create(entry.sequence, text)) && (await place.read(entry.sequence)) !== text) {
      throw new LedgerFault('forked', `${place.name}, entry ${entry.sequence}`, `${newest.place.name} has another one.`)
    }
  }
}
