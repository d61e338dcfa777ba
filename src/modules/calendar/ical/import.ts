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
import { insertAppointment, readStored, type Stored, updateStored } from '../store.ts'
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

/** How many changed instances may wait for their series. */
const mostWaiting = 2000

/** Why a component is not imported. */
class Rejected extends Error {
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super('rejected')
    this.faults = faults
  }
}

/**
 * Imports a calendar (RFC 5545), each appointment by itself: good ones come in, others are told. Its `UID` says which one it is: what
 * was imported before is changed, unless by an older version (`SEQUENCE`). Who takes part and is a contact or a user, by their mail
 * address, is found; an import adds contacts and users to an appointment, and takes none out. Throws FORBIDDEN for a caller who is
 * bound to purposes, ImportFileError for what is no calendar.
 */
export async function importCalendar(
  context: WorkContext,
  content: AsyncIterable<Uint8Array>,
  options: CalendarImport,
): Promise<ImportedCounts> {
  if (isBound(context)) throw seesTooLittle()
  const counts: ImportedCounts = { created: 0, updated: 0, cancelled: 0, unchanged: 0, rejected: 0 }
  const zones = newZones()
  const waiting: Waiting[] = []
  const take = async (one: Waiting, isLast: boolean) => {
    try {
      counts[await importEvent(context, one, options)]++
    } catch (error) {
      if (!(error instanceof Rejected)) throw error
      // A changed instance may stand before its series.
      const noSeries = one.event.recurrenceId !== '' && error.faults[0]?.rule === 'no_series'
      if (noSeries && !isLast && waiting.length < mostWaiting) waiting.push(one)
      else reject(one.line, error.faults)
    }
    options.onProgress?.({ ...counts })
  }
  const reject = (line: number, faults: readonly Fault[]) => {
    counts.rejected++
    options.onRejected?.(line, faults)
  }
  for await (const component of readComponents(decodeText(content, 'utf-8'))) {
    if (component.name === 'VTIMEZONE') zones.learn(component)
    else if (component.name !== 'VEVENT') reject(component.line, [notAnEvent(component)])
    else {
      const { event, faults, method } = readEvent(component, zones, options.timeZone)
      if (faults.length > 0) reject(component.line, faults)
      else await take({ line: component.line, event, method }, false)
    }
  }
  for (const one of waiting.splice(0)) await take(one, true)
  return counts
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

async function importEvent(
  context: WorkContext,
  { event, method }: Waiting,
  options: CalendarImport,
): Promise<Outcome> {
  // Whose address it is, only for those who may read addresses.
  const mayFind =
    !options.rights || (options.rights.canRead('contacts.email') && options.rights.canRead('contacts.contact'))
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(context, 'importAppointments', async (tx) => {
        const people = mayFind ? await findPeople(tx, event.attendees) : noPeople(event.attendees)
        const outcome = await write(tx, context, event, method, people, options)
        if (options.dryRun) throw new DryRun(outcome)
        return outcome
      })
    } catch (error) {
      if (error instanceof DryRun) return error.outcome
      // Another import was first: the next attempt finds what it made.
      if (attempt === 5 || !isUniqueViolation(error)) throw error
    }
  }
}

/** What would have come of it. */
class DryRun extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome) {
    super('dry run')
    this.outcome = outcome
  }
}

async function write(
  tx: Transaction,
  context: WorkContext,
  event: CalendarEvent,
  method: string,
  people: People,
  options: CalendarImport,
): Promise<Outcome> {
  const series = event.recurrenceId ? await known(tx, context, event.uid, '') : undefined
  if (event.recurrenceId && !series) {
    throw new Rejected([{ field: 'RECURRENCE-ID', message: 'There is no series with this UID.', rule: 'no_series' }])
  }
  const recurrenceId = series ? recurrenceIn(event, series) : ''
  const stored = await known(tx, context, event.uid, recurrenceId)
  const isCancelled = method === 'CANCEL' || event.status === 'cancelled'
  if (method === 'CANCEL' && !stored && !series) {
    throw new Rejected([{ field: 'UID', message: 'There is no appointment with this UID to be called off.' }])
  }
  if (stored && event.sequence < stored.row.sequence) return 'unchanged'
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
    await insertAppointment(tx, context, draft, { uid: event.uid, instanceOf, sequence: event.sequence })
    return isCancelled ? 'cancelled' : 'created'
  }
  if (same(stored.draft, draft) && event.sequence === stored.row.sequence) return 'unchanged'
  await updateStored(tx, context, stored, draft, { sequence: event.sequence })
  if (!series) await dropOrphans(tx, stored.row.id, draft)
  return isCancelled && stored.draft.status !== 'cancelled' ? 'cancelled' : 'updated'
}

async function known(tx: Transaction, context: WorkContext, uid: string, recurrenceId: string) {
  const found = await tx.appointment.findUnique({
    where: { uid_recurrenceId: { uid, recurrenceId } },
    select: { id: true },
  })
  return found ? readStored(tx, context, found.id) : undefined
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
