import type { Transaction } from '../../../database/transact.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Fault } from '../../../graphql/errors.ts'
import { checkAppointment } from '../check.ts'
import type { Draft } from '../draft.ts'
import { dropOrphans, isOccurrence } from '../series.ts'
import { updateStored } from '../store.ts'
import type { Stored } from '../stored.ts'
import type { Book } from './book.ts'
import type { CalendarEvent } from './event.ts'
import type { CalendarImport, ImportedCounts } from './import.ts'
import type { People } from './people.ts'
import { inZone } from './read.ts'

/** What came of an event. */
export type Outcome = Exclude<keyof ImportedCounts, 'rejected'>

/** An event, the line where it begins, and what the calendar is for (`METHOD`). */
export type ReadEvent = { line: number; event: CalendarEvent; method: string }

/** Why a component is not imported. */
export class Rejected extends Error {
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super('rejected')
    this.faults = faults
  }
}

/**
 * Writes what an event is, or says of one that is known. Throws `Rejected` before anything of it is written.
 */
export async function writeEvent(
  tx: Transaction,
  context: WorkContext,
  book: Book,
  { event, method }: ReadEvent,
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
