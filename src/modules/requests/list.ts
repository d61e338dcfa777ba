import { type IncomingRequest, Prisma, type SubjectRequest } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../database/keyset.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { answering, isBound, seenContacts } from '../contacts/sight.ts'
import type { RequestKind, RequestStatus } from './kinds.ts'
import { running } from './status.ts'

/** Whoever has to answer is reminded so long before it is due, in days. */
export const soon = 7

/** How urgent a request is. */
export type Urgency = 'due_soon' | 'overdue'

/** Which requests. Several conditions hold together. */
export type RequestFilter = {
  contactId?: string | undefined
  kinds?: readonly RequestKind[] | undefined
  statuses?: readonly RequestStatus[] | undefined
  /** The id of a user; null: nobody's. */
  assigneeId?: string | null | undefined
  due?: Urgency | undefined
}

/** In which order. */
export type RequestOrder = 'due_first' | 'newest_first' | 'oldest_first'

const key = (name: string, column: 'due_at' | 'received_at' | 'id', descending = false): SortKey => ({
  ...{ name, expression: Prisma.raw(`r.${column}`), descending },
  type: column === 'id' ? 'uuid' : 'timestamptz',
})

const orders: Readonly<Record<RequestOrder, readonly SortKey[]>> = {
  due_first: [key('dueAt', 'due_at'), key('id', 'id')],
  newest_first: [key('receivedAt', 'received_at', true), key('id', 'id', true)],
  oldest_first: [key('receivedAt', 'received_at'), key('id', 'id')],
}

const isRunning = Prisma.sql`r.status = ANY(${[...running]}::text[])`
const overdue = Prisma.sql`(${isRunning} AND r.due_at < statement_timestamp())`
const dueSoon = Prisma.sql`(${isRunning} AND r.due_at >= statement_timestamp()
  AND r.due_at < statement_timestamp() + ${soon} * interval '1 day')`

type Found = Record<string, unknown> & { id: string; contactId: string }

/** A page of requests, without those of contacts that the caller doesn't see. */
export async function listRequests(
  context: Context,
  { contactId, kinds, statuses, assigneeId, due }: RequestFilter,
  order: RequestOrder,
  page: PageArguments,
) {
  const keys = orders[order]
  const plan = planPage(keys, page, pageSize)
  const conditions = [
    seen(context),
    ...(contactId ? [Prisma.sql`r.contact_id = ${contactId}::uuid`] : []),
    ...(kinds ? [Prisma.sql`r.kind = ANY(${[...kinds]}::text[])`] : []),
    ...(statuses ? [Prisma.sql`r.status = ANY(${[...statuses]}::text[])`] : []),
    ...(assigneeId === null ? [Prisma.sql`r.assignee_id IS NULL`] : []),
    ...(assigneeId ? [Prisma.sql`r.assignee_id = ${assigneeId}::uuid`] : []),
    ...(due ? [due === 'overdue' ? overdue : dueSoon] : []),
    ...plan.conditions,
  ]
  const found = await context.database.$queryRaw<Found[]>`
    SELECT r.id, r.contact_id AS "contactId", ${plan.cursorColumns} FROM subject_request r
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const cut = cutPage(plan, found, page)
  return connection(keys, cut, await readRequests(context, cut.rows))
}

/** A page of what nobody knows yet whose it is, what is due first at the top. None for those who don't see all contacts. */
export async function listIncoming(context: Context, open: boolean, page: PageArguments) {
  const keys = orders.due_first
  const plan = planPage(keys, page, pageSize)
  const conditions = [
    isBound(context) ? Prisma.sql`false` : Prisma.sql`true`,
    ...(open ? [Prisma.sql`r.status = 'open'`] : []),
    ...plan.conditions,
  ]
  const found = await context.database.$queryRaw<(Record<string, unknown> & { id: string })[]>`
    SELECT r.id, ${plan.cursorColumns} FROM incoming_request r
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const cut = cutPage(plan, found, page)
  const where = { id: { in: cut.rows.map(({ id }) => id) } }
  return connection<IncomingRequest>(keys, cut, await context.database.incomingRequest.findMany({ where }))
}

/** The newest requests of some contacts, at most so many each. */
export async function requestsOf(
  context: Context,
  contactIds: readonly string[],
  most: number,
): Promise<SubjectRequest[]> {
  const found = await context.database.$queryRaw<Found[]>`
    SELECT r.id, r.contact_id AS "contactId" FROM unnest(${[...contactIds]}::uuid[]) c(id) CROSS JOIN LATERAL (
      SELECT id, contact_id FROM subject_request WHERE contact_id = c.id ORDER BY id DESC LIMIT ${most}
    ) r`
  return readRequests(context, found)
}

/** How many there are. */
export type Summary = Readonly<Record<(typeof counted)[number], number>>

const counted = ['open', 'needsVerification', 'inProgress', 'dueSoon', 'overdue', 'incoming', 'answeredLate'] as const

/** Counts what there is to do, of contacts that the caller sees. */
export async function summarise(context: Context): Promise<Summary> {
  const all = isBound(context) ? Prisma.sql`false` : Prisma.sql`true`
  const [counts] = await context.database.$queryRaw<Summary[]>`
    SELECT count(*) FILTER (WHERE r.status = 'open')::int AS open,
      count(*) FILTER (WHERE r.status = 'needs_verification')::int AS "needsVerification",
      count(*) FILTER (WHERE r.status = 'in_progress')::int AS "inProgress",
      count(*) FILTER (WHERE ${dueSoon})::int AS "dueSoon", count(*) FILTER (WHERE ${overdue})::int AS overdue,
      (SELECT count(*)::int FROM incoming_request i WHERE i.status = 'open' AND ${all}) AS incoming,
      count(*) FILTER (WHERE r.status IN ('fulfilled', 'denied') AND r.decided_at > r.due_at
        AND r.decided_at > statement_timestamp() - interval '1 year')::int AS "answeredLate"
    FROM subject_request r WHERE ${seen(context)}`
  if (!counts) throw new Error('nothing was counted')
  return counts
}

const seen = (context: Context) =>
  isBound(context)
    ? Prisma.sql`EXISTS (SELECT FROM ${seenContacts(answering(context))} c WHERE c.contact_id = r.contact_id)`
    : Prisma.sql`true`

async function readRequests({ database }: Context, found: readonly { id: string; contactId: string }[]) {
  if (found.length === 0) return []
  // By their contacts as well: with these the primary key begins.
  const contactId = { in: [...new Set(found.map((row) => row.contactId))] }
  const rows = await database.subjectRequest.findMany({ where: { contactId, id: { in: found.map(({ id }) => id) } } })
  const byId = new Map(rows.map((row) => [row.id, row]))
  return found.flatMap(({ id }) => byId.get(id) ?? [])
}

type Cut = {
  rows: readonly (Record<string, unknown> & { id: string })[]
  hasNextPage: boolean
  hasPreviousPage: boolean
}

function connection<Row extends { id: string }>(keys: readonly SortKey[], cut: Cut, nodes: readonly Row[]) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const edges = cut.rows.flatMap((row) => {
    const node = byId.get(row.id)
    return node ? [{ cursor: writeCursor(keys, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  const { hasNextPage, hasPreviousPage } = cut
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}
