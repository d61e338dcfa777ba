import { v7 as uuidv7 } from 'uuid'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { isBound, seenAmong } from '../contacts/sight.ts'
import { instanceNamed, type Target, whoIsFirst } from './change.ts'
import { overridden, splitAt } from './series.ts'
import { deleteStored, updateStored } from './store.ts'
import { checkVersion, readStored, type Stored } from './stored.ts'
import { tellTimes } from './tell.ts'

/**
 * Removes an appointment: of what recurs, all of it, one time, or the rest. Where contacts take part whom the caller doesn't see, all of
 * it means: for those whom they do. Throws NOT_FOUND, CONFLICT when somebody else was first, INVALID_INPUT.
 */
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
      if (target.scope === 'series') return removeAll(tx, context, [row.id, ...instances.map(({ id }) => id)])
      const instance = await instanceNamed(tx, stored, target)
      if (target.scope === 'instance') {
        const own = instances.filter(({ recurrenceId }) => recurrenceId === instance).map(({ id }) => id)
        return removeInstance(tx, context, stored, instance, own)
      }
      const { before, after } = splitAt(draft, instance)
      if (!before) return removeAll(tx, context, [row.id, ...instances.map(({ id }) => id)])
      const gone = instances.filter(({ recurrenceId }) => recurrenceId >= instance).map(({ id }) => id)
      await deleteInstances(tx, gone)
      if (after) await updateStored(tx, context, stored, before, { sequence: row.sequence + 1 })
    }),
  )
}

async function removeInstance(tx: Transaction, context: WorkContext, series: Stored, instance: string, own: string[]) {
  await deleteInstances(tx, own)
  const draft = { ...series.draft, exceptions: [...new Set([...series.draft.exceptions, instance])].sort() }
  await updateStored(tx, context, series, draft, { sequence: series.row.sequence + 1 })
}

/** What no longer takes place doesn't for anybody. */
async function deleteInstances(tx: Transaction, ids: string[]) {
  const where = { appointmentId: { in: ids } }
  const parts = await tx.appointmentParticipant.findMany({ where, select: { contactId: true } })
  tx.$include(parts.map(({ contactId }) => contactId))
  await deleteStored(tx, ids)
}

/** Removes a series with its instances that differ; of those about somebody whom the caller doesn't see, only whom they see. */
async function removeAll(tx: Transaction, context: WorkContext, ids: string[]) {
  const rows = isBound(context)
    ? await tx.appointment.findMany({ where: { id: { in: ids } }, include: { participants: true } })
    : []
  const parts = rows.flatMap(({ participants }) => participants)
  const contactIds = [...new Set(parts.map(({ contactId }) => contactId))]
  const seen = await seenAmong(tx, context, contactIds)
  const stays = rows.filter(({ participants }) => participants.some(({ contactId }) => !seen.has(contactId)))
  if (stays.length === 0) return deleteStored(tx, ids)
  const staying = new Set(stays.map(({ id }) => id))
  for (const { participants, ...before } of stays) {
    const leaving = participants.filter(({ contactId }) => seen.has(contactId)).map(({ contactId }) => contactId)
    await tx.appointmentParticipant.deleteMany({ where: { appointmentId: before.id, contactId: { in: leaving } } })
    tellTimes(tx, before.id, leaving, { before })
  }
  for (const series of rows.filter(({ seriesId }) => seriesId === null)) {
    const own = rows.filter(({ seriesId }) => seriesId === series.id)
    if (staying.has(series.id)) {
      // Where an instance differed and is gone, the series does not take place as if it never had.
      const gone = own.filter(({ id }) => !staying.has(id)).map(({ recurrenceId }) => recurrenceId)
      const exceptions = [...new Set([...series.exceptions, ...gone])].sort()
      if (gone.length > 0) await tx.appointment.update({ where: { id: series.id }, data: { exceptions } })
    } else {
      for (const { id } of own.filter((one) => staying.has(one.id))) {
        const alone = { seriesId: null, recurrenceId: '', uid: `${uuidv7()}@lethe` }
        await tx.appointment.update({ where: { id }, data: alone })
      }
    }
  }
  await deleteStored(
    tx,
    ids.filter((id) => !staying.has(id)),
  )
}
