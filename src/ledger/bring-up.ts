import type { WorkContext } from '../graphql/context.ts'
import { formerOf, interrupted, leastOf } from './former.ts'
import { type LedgerEntry, LedgerFault } from './ledger.ts'
import { type NotedPosition, notePosition, positionIn, resetPosition } from './position.ts'
import { replayEntry } from './replay.ts'
import { returnedIn } from './told.ts'
import { whileErasing } from './turn.ts'

/** What became of a comparison. */
export type BroughtUp = {
  /** The newest entry. */
  head: LedgerEntry
  /** How many entries the database, or the key store, had lacked. */
  replayed: number
  /** Whether the ledger began now. */
  hasBegun: boolean
}

type Options = {
  /** Does again what an entry says. */
  replay?: typeof replayEntry
  /** Told how many entries are done, of how many. */
  progress?: (done: number, total: number) => void
}

/**
 * Compares the database and the key store with the ledger, and erases again what they lack: all of it, before this settles. Waits
 * while somebody else erases. Throws a LedgerFault where the ledger can't be relied on.
 *
 * @param options.onWait Called if it has to wait.
 */
export const bringUp = (context: WorkContext, options: Options & { onWait?: () => void } = {}): Promise<BroughtUp> =>
  whileErasing(context.database, () => catchUp(context, options), options.onWait)

/** The same, for whoever has the turn already (`whileErasing`): before anything is added to the ledger. */
export async function catchUp(
  context: WorkContext,
  { replay = replayEntry, progress = () => undefined }: Options = {},
): Promise<BroughtUp> {
  const { ledger, database, keys } = context
  let noted = await positionIn(database)
  const head = await ledger.head()
  if (!head) {
    if (noted) throw lacking('missing', ledger.places, noted, 'the database')
    return { head: await begin(context), replayed: 0, hasBegun: true }
  }
  if (noted?.installation !== head.installation) {
    await refuseInterrupted(context, head)
    if (noted) noted = await translate(context, noted)
  }
  const kept = await keys.ledgerPosition(head.installation)
  if (noted && noted.sequence > head.sequence) throw lacking('stale', ledger.places, noted, 'the database')
  if (kept && kept.sequence > head.sequence) throw lacking('stale', ledger.places, kept, 'the key store')
  const [earlier, later] = inOrder(noted, kept)
  // As a rule: nothing happened since.
  if (earlier?.hash === head.hash && later?.hash === head.hash) return { head, replayed: 0, hasBegun: false }
  if (later) await ledger.confirm(later)
  const total = head.sequence - (earlier?.sequence ?? 0)
  let replayed = 0
  for await (const entry of ledger.after(earlier)) {
    await redo(context, entry, replay)
    progress(++replayed, total)
  }
  return { head, replayed, hasBegun: false }
}

async function refuseInterrupted({ ledger }: WorkContext, head: LedgerEntry) {
  for await (const first of ledger.after(undefined)) {
    const least = leastOf(first) ?? 1
    if (head.sequence < least) throw interrupted(ledger.places.join(', '), head.sequence, least)
    return
  }
}

/**
 * The database knows another ledger. If this one is in the place of that, since it was rebuilt: how far it is by this one. Else throws
 * a LedgerFault.
 */
async function translate({ ledger, database }: WorkContext, noted: NotedPosition): Promise<NotedPosition> {
  const place = ledger.places.join(', ')
  let position: LedgerEntry | undefined
  for await (const entry of ledger.after(undefined)) {
    const there = formerOf(entry).find((former) => former.ledger === noted.installation)
    if (!position) {
      if (!there) throw new LedgerFault('foreign', place, 'it belongs to another database.')
      if (there.sequence < noted.sequence) throw lacking('stale', ledger.places, noted, 'the database')
    } else if (!there || there.sequence > noted.sequence) break
    position = entry
  }
  if (!position) throw new LedgerFault('missing', place, 'it has no entries.')
  const done = position
  await database.$transaction((tx) => resetPosition(tx, done))
  return done
}

/** The first entry, and its place in both stores. */
async function begin(context: WorkContext): Promise<LedgerEntry> {
  for await (const { length } of returnedIn(context)) {
    const reason = `the keys of contacts were destroyed that this database has (${length} at least).`
    throw new LedgerFault('missing', context.ledger.places.join(', '), reason)
  }
  const entry = await context.ledger.append('begun', {})
  await note(context, entry)
  return entry
}

async function redo(context: WorkContext, entry: LedgerEntry, replay: typeof replayEntry) {
  if (entry.kind === 'begun' || entry.kind === 'rebuilt') await note(context, entry)
  else await replay(context, entry)
  // Nothing may be served before both say that they are as far.
  const [noted, kept] = [await positionIn(context.database), await context.keys.ledgerPosition(entry.installation)]
  const last = Math.min(noted?.sequence ?? 0, kept?.sequence ?? 0)
  if (last < entry.sequence)
    throw new Error(`Entry ${entry.sequence} of the erasure ledger was not done: only ${last} were.`)
}

async function note({ database, keys }: WorkContext, entry: LedgerEntry) {
  await database.$transaction((tx) => notePosition(tx, entry))
  await keys.noteLedger(entry)
}

/** The earlier first: undefined, where one of them knows nothing yet. */
const inOrder = (one: NotedPosition | undefined, other: NotedPosition | undefined) =>
  (one?.sequence ?? 0) <= (other?.sequence ?? 0) ? [one, other] : [other, one]

const lacking = (kind: 'missing' | 'stale', places: readonly string[], { sequence }: NotedPosition, who: string) =>
  new LedgerFault(kind, places.join(', '), `it lacks entry ${sequence}, which ${who} knows.`)
