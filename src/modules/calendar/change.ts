import { v7 as uuidv7 } from 'uuid'
import { isUniqueViolation } from '../../database/sql-errors.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { conflict, type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import { checkAppointment } from './check.ts'
import type { Draft } from './draft.ts'
import { recurs } from './recurrence.ts'
import { dropOrphans, instanceDraft, isOccurrence, overridden, splitAt } from './series.ts'
import { deleteStored, insertAppointment, updateStored } from './store.ts'
import { checkVersion, readStored, type Stored } from './stored.ts'
import type { Schedule } from './times.ts'

/** Of what recurs: all of it, one time, or one time and all after it. */
export type Scope = 'series' | 'instance' | 'following'

/** Which appointment, as the caller read it, and how much of it. */
export type Target = {
  id: string
  version: number
  scope: Scope
  /** When the instance begins by the series. */
  instance?: string | undefined
}

/** Enters an appointment and returns its id. Throws INVALID_INPUT with every fault, NOT_FOUND for contacts and users that aren't. */
export function createAppointment(context: WorkContext, draft: Draft): Promise<string> {
  const checked = checkedDraft(draft)
  return transact(context, 'createAppointment', (tx) => insertAppointment(tx, context, checked, { uid: newUid() }))
}

/**
 * Changes an appointment, and returns the id of what has the change: a changed instance and a split series are appointments of
 * their own. Throws NOT_FOUND, CONFLICT when somebody else was first, INVALID_INPUT with every fault.
 */
export function updateAppointment(context: WorkContext, target: Target, changes: Partial<Draft>): Promise<string> {
  return whoIsFirst(() =>
    transact(context, 'updateAppointment', async (tx) => {
      const stored = await readStored(tx, context, target.id)
      checkVersion(stored, target.version)
      return change(tx, context, stored, target, changes)
    }),
  )
}

/** Calls an appointment off: it stays, and says so. */
export function cancelAppointment(context: WorkContext, target: Target): Promise<string> {
  return whoIsFirst(() =>
    transact(context, 'cancelAppointment', async (tx) => {
      const stored = await readStored(tx, context, target.id)
      checkVersion(stored, target.version)
      return change(tx, context, stored, target, { status: 'cancelled' })
    }),
  )
}

async function change(tx: Transaction, context: WorkContext, stored: Stored, target: Target, changes: Partial<Draft>) {
  const { row } = stored
  if (target.scope === 'series') {
    await changeAll(tx, context, stored, changes)
    return row.id
  }
  const instance = await instanceNamed(tx, stored, target)
  return target.scope === 'instance'
    ? changeInstance(tx, context, stored, instance, changes)
    : changeFollowing(tx, context, stored, instance, changes)
}

async function changeAll(tx: Transaction, context: WorkContext, stored: Stored, changes: Partial<Draft>) {
  const { row, draft: before } = stored
  if (row.seriesId && (changes.rule || changes.dates?.length || changes.exceptions?.length)) throw noRule()
  const draft = changedDraft(stored, before, changes)
  const sequence = row.sequence + (movesTime(before, draft) ? 1 : 0)
  await updateStored(tx, context, stored, draft, { sequence })
  if (!row.seriesId && movesTime(before, draft)) await dropOrphans(tx, row.id, draft)
}

async function changeInstance(
  tx: Transaction,
  context: WorkContext,
  series: Stored,
  instance: string,
  changes: Partial<Draft>,
): Promise<string> {
  const { row } = series
  const own = (await overridden(tx, row.id)).find(({ recurrenceId }) => recurrenceId === instance)
  if (own) {
    await changeAll(tx, context, await readStored(tx, context, own.id), changes)
    await touchSeries(tx, series)
    return own.id
  }
  if (changes.rule || changes.dates?.length || changes.exceptions?.length) throw noRule()
  const before = instanceDraft(series.draft, instance)
  const draft = changedDraft(series, before, changes)
  const sequence = row.sequence + (movesTime(before, draft) ? 1 : 0)
  const instanceOf = { seriesId: row.id, recurrenceId: instance }
  const known = contactsOf(series)
  const id = await insertAppointment(tx, context, draft, { uid: row.uid, instanceOf, sequence, known })
  await touchSeries(tx, series)
  return id
}

async function changeFollowing(
  tx: Transaction,
  context: WorkContext,
  stored: Stored,
  instance: string,
  changes: Partial<Draft>,
): Promise<string> {
  const { before, after } = splitAt(stored.draft, instance)
  if (!before) {
    await changeAll(tx, context, stored, changes)
    return stored.row.id
  }
  const draft = changedDraft(stored, after, changes)
  await updateStored(tx, context, stored, before, { sequence: stored.row.sequence + 1 })
  const uid = newUid()
  const id = await insertAppointment(tx, context, draft, { uid, known: contactsOf(stored) })
  for (const { id: own, recurrenceId } of await overridden(tx, stored.row.id)) {
    if (recurrenceId < instance) continue
    if (!isOccurrence({ ...draft, exceptions: [] }, recurrenceId)) await deleteStored(tx, [own])
    else await tx.appointment.update({ where: { id: own }, data: { uid, seriesId: id } })
  }
  return id
}

/** Who read the series before an instance changed did not read it as it is. */
const touchSeries = (tx: Transaction, { row }: Stored) =>
  tx.appointment.update({ where: { id: row.id }, data: { version: row.version + 1, updatedAt: new Date() } })

const newUid = () => `${uuidv7()}@lethe`

const contactsOf = ({ participants }: Stored) => new Set(participants.map(({ contactId }) => contactId))

/**
 * How it becomes. Of contacts who take part, a change says all whom the caller sees; others stay, and nothing tells of them.
 *
 * @param before As it was: one that was about contacts stays so, or else its texts would stand under nobody's key.
 */
function changedDraft({ hidden }: Stored, before: Draft, changes: Partial<Draft>): Draft {
  const { contacts: given } = changes
  if (given?.some(({ contactId }) => hidden.has(contactId))) throw notFound('Contact')
  const others = before.contacts.filter(({ contactId }) => hidden.has(contactId))
  const contacts = given ? [...given, ...others] : before.contacts
  const faults: Fault[] = []
  if (given?.length === 0 && before.contacts.length > 0) {
    faults.push({
      field: 'contacts',
      message: 'One of the contacts has to stay: what is told of them is kept with them. Or delete the appointment.',
    })
  }
  return checkedDraft({ ...before, ...changes, contacts }, faults)
}

function checkedDraft(draft: Draft, faults: Fault[] = []): Draft {
  const checked = checkAppointment(draft, faults)
  if (faults.length > 0) throw invalidInput(faults)
  return checked
}

/** When an instance begins, as it is written. Throws INVALID_INPUT if there is none. */
export async function instanceNamed(tx: Transaction, { row, draft }: Stored, { instance }: Target): Promise<string> {
  const fault = (message: string) => invalidInput([{ field: 'instance', message }])
  if (instance === undefined) throw fault('Say which: when it begins by the series.')
  if (!recurs(draft)) throw fault('This appointment does not recur.')
  const begin = instance.length === 16 ? `${instance}:00` : instance
  const isKnown = (await overridden(tx, row.id)).some(({ recurrenceId }) => recurrenceId === begin)
  if (!isKnown && !isOccurrence(draft, begin)) throw fault('The series has no instance that begins then.')
  return begin
}

const noRule = () => invalidInput([{ field: 'rule', message: 'One instance of a series does not recur by itself.' }])

const movesTime = (one: Schedule & { status: string }, other: Schedule & { status: string }) =>
  (['begin', 'end', 'timeZone', 'rule', 'status'] as const).some((key) => one[key] !== other[key]) ||
  one.dates.join() !== other.dates.join() ||
  one.exceptions.join() !== other.exceptions.join()

/** Of two who change the same instance at once, one was first. */
export async function whoIsFirst<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict(0)
    throw error
  }
}
