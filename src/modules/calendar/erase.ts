import type { Transaction } from '../../database/transact.ts'
import { concerns, type ErasureDecision, type ErasureOutcome, nothingErased, relatedChoice } from '../module.ts'
import { deleteStored } from './store.ts'

const batch = 1000

/**
 * Takes contacts out of their appointments. Those about no other contact go as a whole, unless the decision keeps them: then staff
 * still sees that there was something, and when. Of those that stay, every other contact keeps their own copy of what they are about.
 */
export async function eraseParticipations(
  tx: Transaction,
  contactIds: readonly string[],
  decision: ErasureDecision,
): Promise<ErasureOutcome> {
  if (!concerns(decision, 'appointments')) return nothingErased
  const where = { contactId: { in: [...contactIds] } }
  const rows = await tx.appointmentParticipant.findMany({ where, select: { appointmentId: true } })
  const ids = [...new Set(rows.map(({ appointmentId }) => appointmentId))]
  const { count } = await tx.appointmentParticipant.deleteMany({ where })
  // Two of whom each is the last but for the other: this makes one of them wait, and look again.
  await tx.$executeRaw`UPDATE appointment SET updated_at = ${decision.at} WHERE id = ANY(${ids}::uuid[])`
  let [gone, kept] = [0, 0]
  for (let from = 0; from < ids.length; from += batch) {
    const orphans = await orphansAmong(tx, ids.slice(from, from + batch))
    const stays =
      relatedChoice(decision, 'appointment') === 'keep' ? orphans.filter(({ staff }) => staff.length > 0) : []
    kept += stays.length
    const going = orphans.filter((one) => !stays.includes(one))
    gone += going.length
    await removeOrphans(tx, going)
  }
  const reason = {
    de: 'Sie enthalten keine personenbezogenen Daten eines Kontakts, und es wurde entschieden, sie zu behalten.',
    en: 'They hold no personal data of a contact, and it was decided to keep them.',
  }
  return {
    ...nothingErased,
    erased: { AppointmentParticipant: count, Appointment: gone },
    ...(kept > 0 && { kept: { Appointment: { rows: kept, reason } } }),
  }
}

type Orphan = Awaited<ReturnType<typeof orphansAmong>>[number]

const orphansAmong = (tx: Transaction, ids: string[]) =>
  tx.appointment.findMany({
    where: { id: { in: ids }, participants: { none: {} } },
    select: { id: true, seriesId: true, recurrenceId: true, staff: { select: { id: true }, take: 1 } },
  })

async function removeOrphans(tx: Transaction, orphans: readonly Orphan[]): Promise<void> {
  if (orphans.length === 0) return
  const series = new Set(orphans.filter(({ seriesId }) => seriesId === null).map(({ id }) => id))
  const instances = await tx.appointment.findMany({ where: { seriesId: { in: [...series] } }, select: { id: true } })
  await deleteStored(tx, [...new Set([...orphans, ...instances].map(({ id }) => id))])
  // Where an instance differed and is gone, the series does not take place as if it never had.
  const gone = Map.groupBy(orphans, ({ seriesId }) => seriesId)
  for (const [seriesId, own] of gone) {
    if (seriesId === null || series.has(seriesId)) continue
    const found = await tx.appointment.findUnique({ where: { id: seriesId } })
    if (!found) continue
    const all = [...new Set([...found.exceptions, ...own.map(({ recurrenceId }) => recurrenceId)])].sort()
    await tx.appointment.update({ where: { id: seriesId }, data: { exceptions: all } })
  }
}
