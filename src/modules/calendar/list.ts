import { Prisma } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../database/keyset.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { contains } from '../contacts/list/filter.ts'
import { seenContacts } from '../contacts/sight.ts'
import type { Status } from './draft.ts'
import { readAppointments } from './read.ts'

/** Which appointments. All of it has to hold. */
export type AppointmentFilter = {
  contactId?: string | undefined
  userId?: string | undefined
  status?: readonly Status[] | undefined
  /** Somewhere in the title, whatever the case and the accents. */
  title?: string | undefined
  recurring?: boolean | undefined
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
  { contactId, userId, status, title, recurring }: AppointmentFilter,
): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (contactId !== undefined) {
    conditions.push(Prisma.sql`EXISTS (SELECT FROM appointment_participant p
      JOIN ${seenContacts(context)} c ON c.contact_id = p.contact_id
      WHERE p.appointment_id = a.id AND p.contact_id = ${contactId}::uuid)`)
  }
  if (userId !== undefined) {
    conditions.push(Prisma.sql`EXISTS (SELECT FROM appointment_staff s
      WHERE s.appointment_id = a.id AND s.user_id = ${userId}::uuid)`)
  }
  if (status) conditions.push(Prisma.sql`a.status = ANY(${[...status]}::text[])`)
  if (recurring !== undefined) conditions.push(Prisma.sql`(a.rule <> '' OR a.dates <> '{}') = ${recurring}`)
  if (title !== undefined) {
    // As an array, so that each part finds its own index.
    conditions.push(Prisma.sql`a.id = ANY(ARRAY(
      SELECT p.appointment_id FROM appointment_participant p JOIN ${seenContacts(context)} c ON c.contact_id = p.contact_id
      WHERE ${contains(Prisma.sql`lethe_fold(p.title)`, title)}
      UNION ALL SELECT o.id FROM appointment o WHERE ${contains(Prisma.sql`lethe_fold(o.title)`, title)}))`)
  }
  return conditions
}
