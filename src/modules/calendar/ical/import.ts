import { isUniqueViolation } from '../../../database/sql-errors.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, LetheError } from '../../../graphql/errors.ts'
import { decodeText } from '../../contacts/import/encoding.ts'
import { isBound } from '../../contacts/sight.ts'
import { openBook } from './book.ts'
import { type Component, readComponents } from './components.ts'
import { findPeople, noPeople } from './people.ts'
import { readEvent } from './read.ts'
import { Rejected } from './rejected.ts'
import { type Outcome, type ReadEvent, writeEvent } from './write-event.ts'
import { newZones } from './zones.ts'

export type CalendarImport = {
  /** Of times without a time zone: IANA. */
  timeZone: string
  /** A contact who takes part in all of it. */
  contactId?: string | undefined
  /** Check and count only; nothing is written. */
  dryRun?: boolean
  /** Whose rights hold for what is told of each appointment. The command line has all. */
  rights?: Rights
  /** Told each component that can't be imported: where it begins, and why. */
  onRejected?: (line: number, faults: readonly Fault[]) => void
  /** Told after each component. */
  onProgress?: (counts: ImportedCounts) => void
}

export type ImportedCounts = Record<'created' | 'updated' | 'cancelled' | 'unchanged' | 'rejected', number>

/** A component that was read: an event, or what is wrong with it. */
type Item = ReadEvent | { line: number; faults: readonly Fault[] }

/** How many changed instances may wait for their series. */
const mostWaiting = 2000
/** How many appointments, and how many who take part in them, are written in one unit of work. */
const largestBatch = { events: 100, attendees: 2000 }

/**
 * Imports a calendar (RFC 5545), some appointments in each unit of work: good ones come in, others are told. Its `UID` says which one it
 * is: what was imported before is changed, unless by an older version (`SEQUENCE`). Who takes part and is a contact or a user, by their
 * mail address, is found; an import adds contacts and users to an appointment, and takes none out. Throws FORBIDDEN for a caller who is
 * bound to purposes, ImportFileError for what is no calendar.
 */
export async function importCalendar(
  context: WorkContext,
  content: AsyncIterable<Uint8Array>,
  options: CalendarImport,
): Promise<ImportedCounts> {
  if (isBound(context)) throw seesTooLittle()
  const counts: ImportedCounts = { created: 0, updated: 0, cancelled: 0, unchanged: 0, rejected: 0 }
  const waiting: ReadEvent[] = []
  const take = async (items: readonly Item[], isLast: boolean) => {
    const events = items.filter((item) => 'event' in item)
    const outcomes = new Map(await importEvents(context, events, options))
    for (const item of items) {
      const outcome = 'event' in item ? outcomes.get(item) : item.faults
      if (typeof outcome === 'string') counts[outcome]++
      else if (outcome && 'event' in item && !isLast && waitsForSeries(item, outcome) && waiting.length < mostWaiting) {
        waiting.push(item)
      } else {
        counts.rejected++
        options.onRejected?.(item.line, outcome ?? [])
      }
    }
    options.onProgress?.({ ...counts })
  }
  for await (const items of batches(itemsOf(content, options.timeZone))) await take(items, false)
  for await (const items of batches(waiting.splice(0))) await take(items, true)
  return counts
}

/** A changed instance may stand before its series. */
const waitsForSeries = ({ event }: ReadEvent, faults: readonly Fault[]) =>
  event.recurrenceId !== '' && faults[0]?.rule === 'no_series'

async function* itemsOf(content: AsyncIterable<Uint8Array>, timeZone: string): AsyncGenerator<Item> {
  const zones = newZones()
  for await (const component of readComponents(decodeText(content, 'utf-8'))) {
    const { line } = component
    if (component.name === 'VTIMEZONE') zones.learn(component)
    else if (component.name !== 'VEVENT') yield { line, faults: [notAnEvent(component)] }
    else {
      const { faults, ...read } = readEvent(component, zones, timeZone)
      yield faults.length > 0 ? { line, faults } : { line, ...read }
    }
  }
}

async function* batches(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item[]> {
  let [batch, attendees]: [Item[], number] = [[], 0]
  for await (const item of items) {
    batch.push(item)
    attendees += 'event' in item ? item.event.attendees.length : 0
    if (batch.length < largestBatch.events && attendees < largestBatch.attendees) continue
    yield batch
    ;[batch, attendees] = [[], 0]
  }
  if (batch.length > 0) yield batch
}

const notAnEvent = ({ name }: Component): Fault => ({
  field: 'component',
  message: `${name} is no appointment: only VEVENT is imported.`,
})

const seesTooLittle = () =>
  new LetheError(
    'FORBIDDEN',
    'An import looks up each appointment and each person among all, and your roles let you see only some: have somebody import who sees all.',
  )

type Result = readonly [ReadEvent, Outcome | readonly Fault[]]

/** What became of each: of some in one unit of work, or, if that fails, of each in one of its own, so that the others come in. */
async function importEvents(
  context: WorkContext,
  events: readonly ReadEvent[],
  options: CalendarImport,
): Promise<readonly Result[]> {
  if (events.length === 0) return []
  try {
    return await importBatch(context, events, options)
  } catch (error) {
    if (events.length === 1 || context.signal?.aborted) throw error
    const results: Result[] = []
    for (const event of events) results.push(...(await importEvents(context, [event], options)))
    return results
  }
}

async function importBatch(context: WorkContext, events: readonly ReadEvent[], options: CalendarImport) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(context, 'importAppointments', async (tx) => {
        const results = await writeBatch(tx, context, events, options)
        if (options.dryRun) throw new DryRun(results)
        return results
      })
    } catch (error) {
      if (error instanceof DryRun) return error.results
      // Another import was first: the next attempt finds what it made.
      if (attempt === 5 || !isUniqueViolation(error)) throw error
    }
  }
}

/** What would have come of it. */
class DryRun extends Error {
  readonly results: readonly Result[]
  constructor(results: readonly Result[]) {
    super('dry run')
    this.results = results
  }
}

async function writeBatch(
  tx: Transaction,
  context: WorkContext,
  events: readonly ReadEvent[],
  options: CalendarImport,
): Promise<Result[]> {
  const { rights } = options
  // Whose address it is, only for those who may read addresses.
  const mayFind = !rights || (rights.canRead('contacts.email') && rights.canRead('contacts.contact'))
  const all = events.flatMap(({ event }) => event.attendees)
  const peopleOf = mayFind ? await findPeople(tx, all) : noPeople
  const uids = new Set(events.map(({ event }) => event.uid))
  const book = await openBook(tx, context, [...uids])
  const results: Result[] = []
  for (const one of events) {
    try {
      const people = peopleOf(one.event.attendees)
      results.push([one, await writeEvent({ tx, context, book, read: one, people, options })])
    } catch (error) {
      // Nothing of it was written by then.
      if (!(error instanceof Rejected)) throw error
      results.push([one, error.faults])
    }
  }
  await book.settle()
  return results
}
