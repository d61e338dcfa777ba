import { Prisma } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../database/keyset.ts'
import { comparable } from '../../database/text.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { contains } from '../contacts/list/filter.ts'
import { seenContacts } from '../contacts/sight.ts'
import type { Participation, Status } from './draft.ts'
import { readAppointments, type SeenAppointment } from './read.ts'

/** Which appointments. All of it has to hold. */
export type AppointmentFilter = {
  contactId?: string | undefined
  userId?: string | undefined
  status?: readonly Status[] | undefined
  /** Somewhere in the title, whatever the case and the accents. */
  title?: string | undefined
  recurring?: boolean | undefined
  /** Somewhere in the place, as of the title. */
  place?: string | undefined
  /** How the contact or the user takes part, or, where neither is named, some contact. */
  participation?: readonly Participation[] | undefined
  uid?: string | undefined
  seriesId?: string | undefined
  updatedFrom?: Date | undefined
}

export type AppointmentOrder = 'begin' | 'createdAt' | 'updatedAt'

/** Those that begin in a window, or, of what recurs, may. */
export type Window = { from?: Date | undefined; to?: Date | undefined }

const expressions = {
  begin: Prisma.sql`a.begins_at`,
  createdAt: Prisma.sql`a.created_at`,
  updatedAt: Prisma.sql`a.updated_at`,
} as const

/** A page of appointments, each series and each changed instance once, in one statement. */
export async function listAppointments(
  context: Context,
  {
    filter,
    window,
    orderBy,
    descending,
  }: {
    filter: AppointmentFilter
    window: Window
    orderBy: AppointmentOrder
    descending: boolean
  },
  page: PageArguments,
) {
  const keys: SortKey[] = [
    { name: orderBy, expression: expressions[orderBy], type: 'timestamptz', descending },
    { name: 'id', expression: Prisma.sql`a.id`, type: 'uuid', descending },
  ]
  const plan = planPage(keys, page, pageSize)
  const found = await readAppointments(context, {
    conditions: [...filterConditions(context, filter), ...windowConditions(window), ...plan.conditions],
    orderBy: plan.orderBy,
    limit: plan.limit,
    cursorColumns: plan.cursorColumns,
  })
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const edges = rows.map((node) => ({ cursor: writeCursor(keys, node), node }))
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}

type Found = Record<string, unknown> & { contactId: string; id: string; appointmentId: string }

/** A page of the appointments that each of these contacts takes part in, those that they came to last first: two statements for all. */
export async function listAppointmentsOf(context: Context, contactIds: readonly string[], page: PageArguments) {
  const keys: SortKey[] = [{ name: 'id', expression: Prisma.sql`p.id`, type: 'uuid', descending: true }]
  const plan = planPage(keys, page, pageSize)
  const conditions = Prisma.join([Prisma.sql`p.contact_id = c.contact_id`, ...plan.conditions], ' AND ')
  const found = await context.database.$queryRaw<Found[]>`
    SELECT p.* FROM ${seenContacts(context)} c CROSS JOIN LATERAL (
      SELECT p.contact_id AS "contactId", p.id, p.appointment_id AS "appointmentId", ${plan.cursorColumns} FROM appointment_participant p
      WHERE ${conditions} ORDER BY ${plan.orderBy} LIMIT ${plan.limit}) p
    WHERE c.contact_id = ANY(${[...contactIds]}::uuid[])`
  const ids = [...new Set(found.map(({ appointmentId }) => appointmentId))]
  const read =
    ids.length > 0
      ? await readAppointments(context, { conditions: [Prisma.sql`a.id = ANY(${ids}::uuid[])`], limit: ids.length })
      : []
  const byId = new Map<string, SeenAppointment>(read.map((row) => [row.id, row]))
  const byContact = Map.groupBy(found, ({ contactId }) => contactId)
  return contactIds.map((contactId) => {
    const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, byContact.get(contactId) ?? [], page)
    const edges = rows.flatMap((row) => {
      const node = byId.get(row.appointmentId)
      return node ? [{ cursor: writeCursor(keys, row), node }] : []
    })
    const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
    return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
  })
}

/** That something of the appointment `a` may be in a window: from a moment on, and before another. */
export function windowConditions({ from, to }: Window): Prisma.Sql[] {
  const conditions = to ? [Prisma.sql`a.begins_at < ${to.toISOString()}::timestamptz`] : []
  if (!from) return conditions
  const begin = Prisma.sql`${from.toISOString()}::timestamptz`
  const end = Prisma.sql`coalesce(a.ends_at, 'infinity')`
  // What takes no time is in the window that it begins in.
  return [...conditions, Prisma.sql`${end} >= ${begin} AND (${end} > ${begin} OR a.begins_at >= ${begin})`]
}

/** Conditions on the appointment `a`. What is asked of contacts is asked of those alone that the caller sees. */
export function filterConditions(
  context: Context,
  { contactId, userId, status, title, recurring, place, participation, uid, seriesId, updatedFrom }: AppointmentFilter,
): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  const comes = (column: Prisma.Sql) =>
    participation ? Prisma.sql`AND ${column} = ANY(${[...participation]}::text[])` : Prisma.empty
  if (contactId !== undefined || (participation && userId === undefined)) {
    const who = contactId === undefined ? Prisma.empty : Prisma.sql`AND p.contact_id = ${contactId}::uuid`
    conditions.push(Prisma.sql`EXISTS (SELECT FROM appointment_participant p
      JOIN ${seenContacts(context)} c ON c.contact_id = p.contact_id
      WHERE p.appointment_id = a.id ${who} ${comes(Prisma.sql`p.participation`)})`)
  }
  if (userId !== undefined) {
    conditions.push(Prisma.sql`EXISTS (SELECT FROM appointment_staff s
      WHERE s.appointment_id = a.id AND s.user_id = ${userId}::uuid ${comes(Prisma.sql`s.participation`)})`)
  }
  if (uid !== undefined) conditions.push(Prisma.sql`a.uid = ${comparable(uid)}`)
  if (seriesId !== undefined) conditions.push(Prisma.sql`a.series_id = ${seriesId}::uuid`)
  if (updatedFrom) conditions.push(Prisma.sql`a.updated_at >= ${updatedFrom.toISOString()}::timestamptz`)
  if (status) conditions.push(Prisma.sql`a.status = ANY(${[...status]}::text[])`)
  if (recurring !== undefined) conditions.push(Prisma.sql`(a.rule <> '' OR a.dates <> '{}') = ${recurring}`)
  if (title !== undefined) conditions.push(somewhereIn(context, 'title', title))
  if (place !== undefined) conditions.push(somewhereIn(context, 'place', place))
  return conditions
}

/** As an array, so that each part finds its own index. */
function somewhereIn(context: Context, name: 'title' | 'place', text: string): Prisma.Sql {
  const [ofContact, own] =
    name === 'title'
      ? [Prisma.sql`lethe_fold(p.title)`, Prisma.sql`lethe_fold(o.title)`]
      : [Prisma.sql`lethe_fold(p.place)`, Prisma.sql`lethe_fold(o.place)`]
  return Prisma.sql`a.id = ANY(ARRAY(
    SELECT p.appointment_id FROM appointment_participant p JOIN ${seenContacts(context)} c ON c.contact_id = p.contact_id
    WHERE ${contains(ofContact, text)}
    UNION ALL SELECT o.id FROM appointment o WHERE ${contains(own, text)}))`
}
