import type { Transaction } from '../../../database/transact.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Fault } from '../../../graphql/errors.ts'
import { checkAppointment } from '../check.ts'
import type { Draft, InstanceOf } from '../draft.ts'
import { dropOrphans, isOccurrence } from '../series.ts'
import { updateStored } from '../store.ts'
import type { Stored } from '../stored.ts'
import type { Book, Continuation } from './book.ts'
import type { CalendarEvent } from './event.ts'
import { continueSeries, continuing, type Part, partOf, shareOut, splitPart, writeRest } from './following.ts'
import type { CalendarImport, ImportedCounts } from './import.ts'
import type { People } from './people.ts'
import { inZone } from './read.ts'
import { Rejected } from './rejected.ts'

/** What came of an event. */
export type Outcome = Exclude<keyof ImportedCounts, 'rejected'>

/** An event, the line where it begins, what the calendar is for (`METHOD`), and whether it is of all that follows an instance, too. */
export type ReadEvent = { line: number; event: CalendarEvent; method: string; isFollowing: boolean }

/** What is to be written, and into what. */
type Writing = {
  tx: Transaction
  context: WorkContext
  book: Book
  read: ReadEvent
  people: People
  options: CalendarImport
}

/**
 * Writes what an event is, or says of one that is known. Throws `Rejected` before anything of it is written.
 */
export async function writeEvent(writing: Writing): Promise<Outcome> {
  const { book, read } = writing
  const { uid, recurrenceId, recurrenceZone } = read.event
  const series = await book.find(uid, '')
  const continuations = await book.continuations(uid)
  if (!recurrenceId) return writeSeries(writing, series, continuations)
  if (!series) {
    throw new Rejected([{ field: 'RECURRENCE-ID', message: 'There is no series with this UID.', rule: 'no_series' }])
  }
  // On the clock of the series.
  const instance = inZone({ time: recurrenceId, zone: recurrenceZone }, series.draft.timeZone)
  return read.isFollowing
    ? writeFollowing(writing, series, continuations, instance)
    : writeInstance(writing, partOf(series, continuations, instance))
}

async function writeSeries(
  writing: Writing,
  stored: Stored | undefined,
  continuations: readonly Continuation[],
): Promise<Outcome> {
  const { tx, context, book, read } = writing
  const { uid, sequence } = read.event
  if (read.method === 'CANCEL' && !stored) {
    throw new Rejected([{ field: 'UID', message: 'There is no appointment with this UID to be called off.' }])
  }
  if (stored && sequence < stored.row.sequence) return 'unchanged'
  const draft = become(writing, stored)
  // A message that calls all of it off says nothing of its times; an export of ours tells each part by itself.
  const isPart = stored && recurrence(stored.draft) === recurrence(draft)
  const shared =
    read.method === 'CANCEL' || isPart
      ? { first: draft, rest: continuations.map((one) => ({ stored: one.stored, draft: one.stored.draft })) }
      : shareOut(draft, continuations)
  const rest = shared.rest.map((one) => ({
    stored: one.stored,
    draft: one.draft && isOff(read) ? calledOff(one.draft) : one.draft,
  }))
  const outcome = await enter(writing, { uid, stored, draft: shared.first })
  if (rest.length === 0) return outcome
  await book.change(uid)
  return (await writeRest(tx, context, rest, same)) && outcome === 'unchanged' ? 'updated' : outcome
}

async function writeInstance(writing: Writing, { stored: series, instance }: Part): Promise<Outcome> {
  const { row, draft } = series
  if (!isOccurrence({ ...draft, exceptions: [] }, instance)) throw noInstance()
  const stored = await writing.book.find(row.uid, instance)
  if (stored && writing.read.event.sequence < stored.row.sequence) return 'unchanged'
  const instanceOf = { seriesId: row.id, recurrenceId: instance }
  return enter(writing, { uid: row.uid, stored, draft: become(writing, stored), instanceOf })
}

async function writeFollowing(
  writing: Writing,
  series: Stored,
  continuations: readonly Continuation[],
  instance: string,
): Promise<Outcome> {
  const { tx, context, book, read } = writing
  const { uid, sequence, begin, timeZone } = read.event
  const own = continuations.find(({ from }) => from === instance)?.stored
  const isFirst = instance === series.draft.begin
  // Moved as a whole by an import before, it has no such instance any more.
  const wasFirst =
    continuations.every(({ from }) => from > instance) &&
    !isOccurrence({ ...series.draft, exceptions: [] }, instance) &&
    inZone({ time: begin, zone: timeZone }, series.draft.timeZone) === series.draft.begin
  const known = own ?? (isFirst || wasFirst ? series : undefined)
  if (known) {
    if (sequence < known.row.sequence) return 'unchanged'
    return enter(writing, { uid: known.row.uid, stored: known, draft: become(writing, known, known.draft) })
  }
  const part = partOf(series, continuations, instance)
  const { before, after } = splitPart(part)
  if (!before) throw noInstance()
  const draft = become(writing, { ...part.stored, draft: after }, after)
  await continueSeries(tx, context, book, { uid, from: instance }, part, { before, draft, sequence })
  return isOff(read) ? 'cancelled' : 'created'
}

const noInstance = () =>
  new Rejected([{ field: 'RECURRENCE-ID', message: 'The series has no instance that begins then.' }])

const recurrence = ({ begin, timeZone, rule, dates, exceptions }: Draft) =>
  [begin, timeZone, rule, ...dates, '', ...exceptions].join()

const isOff = ({ method, event }: ReadEvent) => method === 'CANCEL' || event.status === 'cancelled'

const calledOff = (draft: Draft): Draft => ({ ...draft, status: 'cancelled' })

/**
 * The appointment that an event makes of one that is there. A message that calls something off need not say again what it was.
 *
 * @param series What recurs, if the event tells of that only when it begins now.
 */
function become({ read, people, options }: Writing, stored: Stored | undefined, series?: Draft): Draft {
  const { method, event } = read
  if (method === 'CANCEL' && stored) return calledOff(stored.draft)
  const told = draftOf(event, people, stored, options)
  const draft = series ? continuing(series, told, event.rule) : told
  return checked(isOff(read) ? calledOff(draft) : draft, options)
}

/** Enters an appointment, or changes the one that is there. */
async function enter(
  { tx, context, book, read }: Writing,
  {
    uid,
    stored,
    draft,
    instanceOf,
  }: { uid: string; stored: Stored | undefined; draft: Draft; instanceOf?: InstanceOf },
): Promise<Outcome> {
  const { sequence } = read.event
  if (!stored) {
    book.insert({ draft, uid, instanceOf: instanceOf ?? null, sequence })
    return isOff(read) ? 'cancelled' : 'created'
  }
  if (same(stored.draft, draft) && sequence === stored.row.sequence) return 'unchanged'
  await book.change(uid)
  await updateStored(tx, context, stored, draft, { sequence })
  if (!instanceOf) await dropOrphans(tx, stored.row.id, draft)
  return isOff(read) && stored.draft.status !== 'cancelled' ? 'cancelled' : 'updated'
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
