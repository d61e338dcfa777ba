import { isUniqueViolation } from '../../../database/sql-errors.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, LetheError } from '../../../graphql/errors.ts'
import { decodeText } from '../../contacts/import/encoding.ts'
import { isBound } from '../../contacts/sight.ts'
import { checkAppointment } from '../check.ts'
import type { Draft } from '../draft.ts'
import { dropOrphans, isOccurrence } from '../series.ts'
import { type Stored, updateStored } from '../store.ts'
import { type Book, openBook } from './book.ts'
import { type Component, readComponents } from './components.ts'
import type { CalendarEvent } from './event.ts'
import { findPeople, noPeople, type People } from './people.ts'
import { inZone, readEvent } from './read.ts'
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

type Outcome = Exclude<keyof ImportedCounts, 'rejected'>
type Waiting = { line: number; event: CalendarEvent; method: string }

/** A component that was read: an event, or what is wrong with it. */
type Item = Waiting | { line: number; faults: readonly Fault[] }

/** How many changed instances may wait for their series. */
const mostWaiting = 2000
/** How many appointments, and how many who take part in them, are written in one unit of work. */
const largestBatch = { events: 100, attendees: 2000 }

/** Why a component is not imported. */
class Rejected extends Error {
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super('rejected')
    this.faults = faults
  }
}

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
  const waiting: Waiting[] = []
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
const waitsForSeries = ({ event }: Waiting, faults: readonly Fault[]) =>
  event.recurrenceId !== '' && faults[0]?.rule === 'no_series'

async function* itemsOf(content: AsyncIterable<Uint8Array>, timeZone: string): AsyncGenerator<Item> {
  const zones = newZones()
  for await (const component of readComponents(decodeText(content, 'utf-8'))) {
    const { line } = component
    if (component.name === 'VTIMEZONE') zones.learn(component)
    else if (component.name !== 'VEVENT') yield { line, faults: [notAnEvent(component)] }
    else {
      const { event, faults, method } = readEvent(component, zones, timeZone)
      yield faults.length > 0 ? { line, faults } : { line, event, method }
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

type Result = readonly [Waiting, Outcome | readonly Fault[]]

/** What became of each: of some in one unit of work, or, if that fails, of each in one of its own, so that the others come in. */
async function importEvents(
  context: WorkContext,
  events: readonly Waiting[],
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

async function importBatch(context: WorkContext, events: readonly Waiting[], options: CalendarImport) {
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
  events: readonly Waiting[],
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
      results.push([one, await write(tx, context, book, one, peopleOf(one.event.attendees), options)])
    } catch (error) {
      // Nothing of it was written by then.
      if (!(error instanceof Rejected)) throw error
      results.push([one, error.faults])
    }
  }
  await book.settle()
  return results
}

async function write(
  tx: Transaction,
  context: WorkContext,
  book: Book,
  { event, method }: Waiting,
  people: People,
  options: CalendarImport,
): Promise<Outcome> {
  const { uid, sequence } = event
  const series = event.recurrenceId ? await book.find(uid, '') : undefined
  if (event.recurrenceId && !series) {
    throw new Rejected([{ field: 'RECURRENCE-ID', message: 'There is no series with this UID.', rule: 'no_series' }])
  }
  const recurrenceId = series ? recurrenceIn(event, series) : ''
  const stored = await book.find(uid, recurrenceId)
  const isCancelled = method === 'CANCEL' || event.status === 'cancelled'
  if (method === 'CANCEL' && !stored && !series) {
    throw new Rejected([{ field: 'UID', message: 'There is no appointment with this UID to be called off.' }])
  }
  if (stored && sequence < stored.row.sequence) return 'unchanged'
  // A message that calls something off need not say again what it was.
  const draft =
    method === 'CANCEL' && stored
      ? { ...stored.draft, status: 'cancelled' as const }
      : checked(
          { ...draftOf(event, people, stored, options), ...(isCancelled && { status: 'cancelled' as const }) },
          options,
        )
  if (!stored) {
    const instanceOf = series ? { seriesId: series.row.id, recurrenceId } : null
    book.insert({ draft, uid, instanceOf, sequence })
    return isCancelled ? 'cancelled' : 'created'
  }
  if (same(stored.draft, draft) && sequence === stored.row.sequence) return 'unchanged'
  await book.change(uid)
  await updateStored(tx, context, stored, draft, { sequence })
  if (!series) await dropOrphans(tx, stored.row.id, draft)
  return isCancelled && stored.draft.status !== 'cancelled' ? 'cancelled' : 'updated'
}

/** When the instance would begin, on the clock of its series. */
function recurrenceIn(event: CalendarEvent, { draft }: Stored): string {
  const recurrenceId = inZone({ time: event.recurrenceId, zone: event.recurrenceZone }, draft.timeZone)
  if (isOccurrence({ ...draft, exceptions: [] }, recurrenceId)) return recurrenceId
  throw new Rejected([{ field: 'RECURRENCE-ID', message: 'The series has no instance that begins then.' }])
}

/** The appointment that an event is; of one that is known, with those who take part in it here. */
function draftOf(
  event: CalendarEvent,
  people: People,
  stored: Stored | undefined,
  { contactId }: CalendarImport,
): Draft {
  const {
    uid: _uid,
    recurrenceId: _id,
    recurrenceZone: _zone,
    sequence: _sequence,
    attendees: _attendees,
    ...rest
  } = event
  const usual = { role: 'required', participation: 'needs_action' } as const
  const named =
    contactId && !people.contacts.some((one) => one.contactId === contactId) ? [{ contactId, ...usual }] : []
  const before = stored?.draft
  const own = event.recurrenceId ? { rule: '', dates: [], exceptions: [] } : {}
  return {
    ...{ ...rest, ...own, guests: people.guests },
    contacts: together(
      before?.contacts ?? [],
      [...people.contacts, ...named.filter((one) => !isPart(before, one.contactId))],
      (one) => one.contactId,
    ),
    staff: together(before?.staff ?? [], people.staff, (one) => one.userId),
  }
}

const isPart = (draft: Draft | undefined, id: string) =>
  draft?.contacts.some(({ contactId }) => contactId === id) ?? false

function together<T>(before: readonly T[], added: readonly T[], key: (one: T) => string): T[] {
  return [...new Map([...before, ...added].map((one) => [key(one), one])).values()]
}

function checked(draft: Draft, { rights }: CalendarImport): Draft {
  const faults: Fault[] = []
  const clean = checkAppointment(draft, faults)
  if (rights) faults.push(...denied(clean, rights))
  if (faults.length > 0) throw new Rejected(faults)
  return clean
}

/** What the caller may not write stands at each appointment that has it. */
function denied(draft: Draft, rights: Rights): Fault[] {
  const wanted = [
    { field: 'title', right: 'calendar.title', isThere: true },
    { field: 'description', right: 'calendar.description', isThere: draft.description !== '' },
    {
      field: 'participants',
      right: 'calendar.participants',
      isThere: draft.contacts.length + draft.staff.length + draft.guests.length > 0,
    },
  ]
  return wanted
    .filter(({ right, isThere }) => isThere && !rights.canWrite(right))
    .map(({ field, right }) => ({ field, message: `You need the right to write "${right}".`, rule: 'forbidden' }))
}

const same = (one: Draft, other: Draft) => JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other))

const inOrder = ({ contacts, staff, guests, dates, exceptions, ...draft }: Draft) => [
  Object.entries(draft).sort(([one], [other]) => (one < other ? -1 : 1)),
  contacts.map(({ contactId, role, participation }) => [contactId, role, participation].join()).sort(),
  staff.map(({ userId, role, participation }) => [userId, role, participation].join()).sort(),
  guests.map(({ name, email, role, participation }) => [name, email, role, participation]),
  dates,
  exceptions,
]
