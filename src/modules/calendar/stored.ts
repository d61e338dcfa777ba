import type { Appointment, AppointmentParticipant, AppointmentStaff } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { conflict, notFound } from '../../graphql/errors.ts'
import { isBound, seenAmong } from '../contacts/sight.ts'
import { type Draft, participationOf, roleOf, statusOf, type Texts } from './draft.ts'
import { holdersKey, openTexts } from './texts.ts'

/** An appointment with its rows, as one unit of work reads it to change it. */
export type Stored = {
  row: Appointment
  participants: readonly AppointmentParticipant[]
  staff: readonly AppointmentStaff[]
  /**
   * Contacts who take part, but aren't shown to the caller, who can't take them out therefore: unseen ones, and those who were merged
   * into others.
   */
  hidden: ReadonlySet<string>
  /** All that it is, with those who are hidden. */
  draft: Draft
}

/**
 * Reads an appointment to change it. Throws NOT_FOUND if there is none that the caller sees. What they do to it as a whole is done for
 * those, too, whom they don't see: nothing tells whether there are such.
 */
export async function readStored(tx: Transaction, context: WorkContext, id: string): Promise<Stored> {
  const row = await tx.appointment.findUnique({ where: { id }, include: parts })
  if (!row) throw notFound('appointment')
  const ids = row.participants.map(({ contactId }) => contactId)
  const hidden = await hiddenAmong(tx, context, ids)
  if (isBound(context) && ids.length > 0 && hidden.size === ids.length) throw notFound('appointment')
  tx.$include(hidden)
  return storedOf(context, row, hidden)
}

async function hiddenAmong(tx: Transaction, context: WorkContext, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const seen = await seenAmong(tx, context, ids)
  const merged = await tx.contact.findMany({
    where: { id: { in: [...ids] }, mergedIntoId: { not: null } },
    select: { id: true },
  })
  return new Set([...ids.filter((id) => !seen.has(id)), ...merged.map(({ id }) => id)])
}

/** Those of these appointments that are there, without instances that differ, by `UID`. Whoever the caller sees. */
export async function readAllStored(
  tx: Transaction,
  context: WorkContext,
  uids: readonly string[],
): Promise<Map<string, Stored>> {
  const rows = await tx.appointment.findMany({ where: { uid: { in: [...uids] }, recurrenceId: '' }, include: parts })
  const ids = rows.flatMap(({ participants }) => participants.map(({ contactId }) => contactId))
  const hidden = await hiddenAmong(tx, context, [...new Set(ids)])
  // Found together, so that each by itself is at hand.
  await context.keys.find(rows.flatMap(({ participants }) => participants[0]?.contactId ?? []))
  return new Map(await Promise.all(rows.map(async (row) => [row.uid, await storedOf(context, row, hidden)] as const)))
}

const parts = { participants: { orderBy: { id: 'asc' } }, staff: { orderBy: { id: 'asc' } } } as const

type Rows = Appointment & { participants: AppointmentParticipant[]; staff: AppointmentStaff[] }

async function storedOf(
  context: WorkContext,
  { participants, staff, ...row }: Rows,
  hidden: ReadonlySet<string>,
): Promise<Stored> {
  const texts = await textsOf(context, row, participants)
  return { row, participants, staff, hidden, draft: draftOf(row, texts, participants, staff) }
}

/** Refuses to change what somebody else changed since. */
export function checkVersion({ row }: Stored, version: number): void {
  if (row.version !== version) throw conflict(row.version)
}

const draftOf = (
  row: Appointment,
  texts: Texts,
  participants: readonly AppointmentParticipant[],
  staff: readonly AppointmentStaff[],
): Draft => ({
  ...texts,
  begin: row.begin,
  end: row.end,
  timeZone: row.timeZone,
  rule: row.rule,
  dates: row.dates,
  exceptions: row.exceptions,
  status: statusOf(row.status),
  contacts: participants.map(({ contactId, role, participation }) => ({
    contactId,
    ...partOf({ role, participation }),
  })),
  staff: staff.map(({ userId, role, participation }) => ({ userId, ...partOf({ role, participation }) })),
})

const partOf = ({ role, participation }: { role: string; participation: string }) => ({
  role: roleOf(role),
  participation: participationOf(participation),
})

/** Opens one of the copies: they are alike. */
async function textsOf(
  { keys }: WorkContext,
  row: Appointment,
  participants: readonly AppointmentParticipant[],
): Promise<Texts> {
  const [first] = participants
  const holder = first ? { contactId: first.contactId, id: first.id } : { contactId: null, id: row.id }
  return openTexts(await holdersKey(keys, holder), holder, first ?? row)
}
