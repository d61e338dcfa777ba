import { v7 as uuidv7 } from 'uuid'
import { isUniqueViolation } from '../../database/sql-errors.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { conflict, type Fault, invalidInput } from '../../graphql/errors.ts'
import { checkAppointment } from './check.ts'
import type { Draft } from './draft.ts'
import { recurs } from './recurrence.ts'
import { dropOrphans, instanceDraft, isOccurrence, overridden, splitAt } from './series.ts'
import { checkVersion, deleteStored, insertAppointment, readStored, type Stored, updateStored } from './store.ts'
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

/** Removes an appointment: of what recurs, all of it, one time, or the rest. */
export function deleteAppointment(context: WorkContext, target: Target): Promise<void> {
  return whoIsFirst(() =>
    transact(context, 'deleteAppointment', async (tx) => {
      const stored = await readStored(tx, context, target.id)
      checkVersion(stored, target.version)
      const { row, draft } = stored
      const instances = await overridden(tx, row.id)
      if (target.scope === 'series' && row.seriesId) {
        const series = await readStored(tx, context, row.seriesId)
        return removeInstance(tx, context, series, row.recurrenceId, [row.id])
      }
      if (target.scope === 'series') return deleteStored(tx, [row.id, ...instances.map(({ id }) => id)])
      const instance = await instanceNamed(tx, stored, target)
      if (target.scope === 'instance') {
        const own = instances.filter(({ recurrenceId }) => recurrenceId === instance).map(({ id }) => id)
        return removeInstance(tx, context, stored, instance, own)
      }
      const { before, after } = splitAt(draft, instance)
      const gone = instances.filter(({ recurrenceId }) => recurrenceId >= instance).map(({ id }) => id)
      await deleteStored(tx, before ? gone : [row.id, ...instances.map(({ id }) => id)])
      if (before && after) await updateStored(tx, context, stored, before, { sequence: row.sequence + 1 })
    }),
  )
}

async function removeInstance(tx: Transaction, context: WorkContext, series: Stored, instance: string, own: string[]) {
  await deleteStored(tx, own)
  const draft = { ...series.draft, exceptions: [...new Set([...series.draft.exceptions, instance])].sort() }
  await updateStored(tx, context, series, draft, { sequence: series.row.sequence + 1 })
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
  const draft = checkedDraft({ ...before, ...changes }, before)
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
  const known = (await overridden(tx, row.id)).find(({ recurrenceId }) => recurrenceId === instance)
  if (known) {
    await changeAll(tx, context, await readStored(tx, context, known.id), changes)
    await touchSeries(tx, series)
    return known.id
  }
  if (changes.rule || changes.dates?.length || changes.exceptions?.length) throw noRule()
  const before = instanceDraft(series.draft, instance)
  const draft = checkedDraft({ ...before, ...changes }, before)
  const sequence = row.sequence + (movesTime(before, draft) ? 1 : 0)
  const instanceOf = { seriesId: row.id, recurrenceId: instance }
  const id = await insertAppointment(tx, context, draft, { uid: row.uid, instanceOf, sequence })
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
  const draft = checkedDraft({ ...after, ...changes }, after)
  await updateStored(tx, context, stored, before, { sequence: stored.row.sequence + 1 })
  const uid = newUid()
  const id = await insertAppointment(tx, context, draft, { uid })
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

/** @param before As it was: one that was about contacts stays so, or else its texts would stand under nobody's key. */
export function checkedDraft(draft: Draft, before?: Draft): Draft {
  const faults: Fault[] = []
  const checked = checkAppointment(draft, faults)
  if (before && before.contacts.length > 0 && draft.contacts.length === 0) {
    faults.push({
      field: 'contacts',
      message: 'One of the contacts has to stay: what is told of them is kept with them. Or delete the appointment.',
    })
  }
  if (faults.length > 0) throw invalidInput(faults)
  return checked
}

async function instanceNamed(tx: Transaction, { row, draft }: Stored, { instance }: Target): Promise<string> {
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
async function whoIsFirst<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict(0)
    throw error
  }
}
