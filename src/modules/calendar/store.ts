import { v7 as uuidv7 } from 'uuid'
import type { AppointmentStaff } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { notFound } from '../../graphql/errors.ts'
import { seenAmong } from '../contacts/sight.ts'
import type { ContinuationOf, Draft, InstanceOf, Texts } from './draft.ts'
import { lastEnd } from './recurrence.ts'
import type { Stored } from './stored.ts'
import { tellTimes } from './tell.ts'
import { type Copy, holdersKey, noCopy, sealTexts } from './texts.ts'
import { asDate, zoned } from './times.ts'

/** A new appointment, whose draft was checked. `known`: contacts who take part already in what it is made of. */
export type NewAppointment = {
  draft: Draft
  uid: string
  instanceOf?: InstanceOf
  continuationOf?: ContinuationOf
  sequence?: number
  known?: ReadonlySet<string>
}

/** Enters an appointment whose draft was checked, and returns its id. Throws NOT_FOUND for contacts and users that aren't. */
export async function insertAppointment(
  tx: Transaction,
  context: WorkContext,
  draft: Draft,
  given: Omit<NewAppointment, 'draft'>,
): Promise<string> {
  const [id = ''] = await insertAppointments(tx, context, [{ draft, ...given }])
  return id
}

/** Enters appointments, and returns their ids: a few statements, however many they are. Throws as `insertAppointment` does. */
export async function insertAppointments(
  tx: Transaction,
  context: WorkContext,
  given: readonly NewAppointment[],
): Promise<string[]> {
  if (given.length === 0) return []
  const contactIds = given.flatMap(({ draft }) => draft.contacts.map(({ contactId }) => contactId))
  const added = given.flatMap(({ draft, known }) =>
    draft.contacts.flatMap(({ contactId }) => (known?.has(contactId) ? [] : contactId)),
  )
  await requireContacts(tx, context, [...new Set(added)])
  await requireUsers(tx, [...new Set(given.flatMap(({ draft }) => draft.staff.map(({ userId }) => userId)))])
  // Found together, so that each by itself is at hand.
  await context.keys.find([...new Set(contactIds)])
  const entered = given.map((one) => ({ ...one, id: uuidv7() }))
  const rows = entered.map(async ({ id, uid, draft, instanceOf, continuationOf, sequence = 0 }) => ({
    ...{ id, uid, sequence, ...scheduleColumns(draft) },
    ...(draft.contacts.length > 0 ? noCopy : await sealedFor(context, { contactId: null, id }, draft)),
    seriesId: instanceOf?.seriesId ?? null,
    recurrenceId: instanceOf?.recurrenceId ?? '',
    continues: continuationOf?.uid ?? null,
    continuesFrom: continuationOf?.from ?? null,
  }))
  await tx.appointment.createMany({ data: await Promise.all(rows) })
  const participants = entered.map(({ id, draft }) => participantRows(context, id, draft, draft.contacts))
  await insertParticipants(tx, (await Promise.all(participants)).flat())
  for (const { id, draft, instanceOf } of entered) {
    const after = { ...draft, recurrenceId: instanceOf?.recurrenceId ?? '' }
    tellTimes(tx, id, idsOf(draft.contacts), { after })
  }
  await insertStaff(
    tx,
    entered.flatMap(({ id, draft }) => staffRows(id, draft.staff)),
  )
  return entered.map(({ id }) => id)
}

/** Writes what differs. The draft was checked. */
export async function updateStored(
  tx: Transaction,
  context: WorkContext,
  stored: Stored,
  draft: Draft,
  columns: { uid?: string; seriesId?: string | null; sequence?: number } = {},
): Promise<void> {
  const { row, participants, staff, draft: before } = stored
  const isKnown = new Set(participants.map(({ contactId }) => contactId))
  const stays = new Map(draft.contacts.map((part) => [part.contactId, part]))
  const added = draft.contacts.filter(({ contactId }) => !isKnown.has(contactId))
  await requireContacts(tx, context, idsOf(added))
  const leaving = participants.filter(({ contactId }) => !stays.has(contactId))
  for (const { contactId, id } of leaving)
    await tx.appointmentParticipant.delete({ where: { contactId_id: { contactId, id } } })
  const textsChanged = !sameTexts(before, draft)
  for (const { contactId, id, role, participation } of participants) {
    const part = stays.get(contactId)
    if (!part || (!textsChanged && part.role === role && part.participation === participation)) continue
    const copy = textsChanged ? await sealedFor(context, { contactId, id }, draft, before) : {}
    await tx.appointmentParticipant.update({
      where: { contactId_id: { contactId, id } },
      data: { ...copy, role: part.role, participation: part.participation },
    })
  }
  await insertParticipants(tx, await participantRows(context, row.id, draft, added))
  const { recurrenceId } = row
  const [was, is] = [
    { ...before, recurrenceId },
    { ...draft, recurrenceId },
  ]
  tellTimes(tx, row.id, idsOf(leaving), { before: was })
  tellTimes(tx, row.id, idsOf(draft.contacts.filter(({ contactId }) => isKnown.has(contactId))), {
    before: was,
    after: is,
  })
  tellTimes(tx, row.id, idsOf(added), { after: is })
  await updateStaff(tx, row.id, staff, draft)
  const own = draft.contacts.length > 0 ? noCopy : await sealedFor(context, { contactId: null, id: row.id }, draft)
  const unchanged = draft.contacts.length === 0 && participants.length === 0 && !textsChanged
  await tx.appointment.update({
    where: { id: row.id },
    data: {
      ...{ ...scheduleColumns(draft), ...(unchanged ? {} : own), ...columns },
      version: row.version + 1,
      updatedAt: new Date(),
    },
  })
}

/** Removes appointments with all that belongs to them. */
export async function deleteStored(tx: Transaction, ids: readonly string[]): Promise<void> {
  const where = { appointmentId: { in: [...ids] } }
  const gone = await tx.appointment.findMany({
    where: { id: { in: [...ids] } },
    include: { participants: true },
    orderBy: { id: 'asc' },
  })
  for (const { id, participants, ...before } of gone) tellTimes(tx, id, idsOf(participants), { before })
  await tx.appointmentParticipant.deleteMany({ where })
  await tx.appointmentStaff.deleteMany({ where })
  // The instances first, since they refer to their series.
  await tx.appointment.deleteMany({ where: { id: { in: [...ids] }, seriesId: { not: null } } })
  await tx.appointment.deleteMany({ where: { id: { in: [...ids] } } })
}

const idsOf = (parts: readonly { contactId: string }[]) => parts.map(({ contactId }) => contactId)

const scheduleColumns = (draft: Draft) => ({
  begin: draft.begin,
  end: draft.end,
  timeZone: draft.timeZone,
  rule: draft.rule,
  dates: [...draft.dates],
  exceptions: [...draft.exceptions],
  beginsAt: asDate(
    [draft.begin, ...draft.dates]
      .map((time) => zoned(time, draft.timeZone))
      .reduce((one, other) => (one.epochMilliseconds <= other.epochMilliseconds ? one : other)),
  ),
  endsAt: lastEnd(draft),
  status: draft.status,
})

/** A copy as its holder keeps it; of what is sealed only what changed, so that the log tells of that alone. */
async function sealedFor(
  { keys }: WorkContext,
  holder: { contactId: string | null; id: string },
  texts: Texts,
  before?: Texts,
): Promise<Partial<Copy>> {
  const { description, guests, ...plain } = sealTexts(await holdersKey(keys, holder), holder, texts)
  return {
    ...plain,
    ...(before?.description !== texts.description && { description }),
    ...(JSON.stringify(before?.guests) !== JSON.stringify(texts.guests) && { guests }),
  }
}

const sameTexts = (one: Texts, other: Texts) =>
  one.title === other.title &&
  one.place === other.place &&
  one.description === other.description &&
  JSON.stringify(one.guests) === JSON.stringify(other.guests)

const participantRows = (context: WorkContext, appointmentId: string, texts: Texts, given: Draft['contacts']) =>
  Promise.all(
    given.map(async ({ contactId, role, participation }) => {
      const id = uuidv7()
      const copy = sealTexts(await holdersKey(context.keys, { contactId }), { contactId, id }, texts)
      return { contactId, id, appointmentId, role, participation, ...copy }
    }),
  )

async function insertParticipants(tx: Transaction, rows: Awaited<ReturnType<typeof participantRows>>): Promise<void> {
  if (rows.length > 0) await tx.appointmentParticipant.createMany({ data: rows })
}

const staffRows = (appointmentId: string, given: Draft['staff']) =>
  given.map(({ userId, role, participation }) => ({ id: uuidv7(), appointmentId, userId, role, participation }))

async function insertStaff(tx: Transaction, rows: ReturnType<typeof staffRows>): Promise<void> {
  if (rows.length > 0) await tx.appointmentStaff.createMany({ data: rows })
}

async function updateStaff(tx: Transaction, id: string, known: readonly AppointmentStaff[], { staff }: Draft) {
  const wanted = new Map(staff.map((part) => [part.userId, part]))
  const added = staff.filter(({ userId }) => !known.some((row) => row.userId === userId))
  await requireUsers(
    tx,
    added.map(({ userId }) => userId),
  )
  for (const row of known) {
    const part = wanted.get(row.userId)
    if (!part) await tx.appointmentStaff.delete({ where: { id: row.id } })
    else if (part.role !== row.role || part.participation !== row.participation) {
      await tx.appointmentStaff.update({
        where: { id: row.id },
        data: { role: part.role, participation: part.participation },
      })
    }
  }
  await insertStaff(tx, staffRows(id, added))
}

/** Contacts that are there, that the caller sees, and that weren't merged into others. */
async function requireContacts(tx: Transaction, context: WorkContext, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const seen = await seenAmong(tx, context, ids)
  const found = await tx.contact.count({ where: { id: { in: [...ids] }, mergedIntoId: null } })
  if (seen.size < ids.length || found < ids.length) throw notFound('Contact')
}

async function requireUsers(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  if ((await tx.user.count({ where: { id: { in: [...ids] } } })) < ids.length) throw notFound('User')
}
