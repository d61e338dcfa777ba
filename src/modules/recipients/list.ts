import { Prisma, type RecipientNotice } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../database/keyset.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { answering, isBound, seenContacts } from '../contacts/sight.ts'

/** Which notices. */
export type NoticeFilter = { contactId?: string | undefined; state?: string | undefined }

type Row = Record<string, unknown> & { id: string; contactId: string }

// Ids are UUIDv7, so this is the order of time: what has waited the longest comes first.
const oldestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`n.id`, type: 'uuid', descending: false }]

/** A page of notices about contacts that the caller sees, the oldest first. */
export async function listNotices(context: Context, { contactId, state }: NoticeFilter, page: PageArguments) {
  const plan = planPage(oldestFirst, page, pageSize)
  const conditions = [
    Prisma.sql`true`,
    ...(contactId ? [Prisma.sql`n.contact_id = ${contactId}::uuid`] : []),
    ...(state ? [Prisma.sql`n.state = ${state}`] : []),
    ...(isBound(context)
      ? [Prisma.sql`EXISTS (SELECT FROM ${seenContacts(answering(context))} c WHERE c.contact_id = n.contact_id)`]
      : []),
    ...plan.conditions,
  ]
  const found = await context.database.$queryRaw<Row[]>`
    SELECT n.id, n.contact_id AS "contactId", ${plan.cursorColumns} FROM recipient_notice n
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const notices = await readAll(context, rows)
  const edges = rows.flatMap((row) => {
    const node = notices.get(row.id)
    return node ? [{ cursor: writeCursor(oldestFirst, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}

async function readAll({ database }: Context, rows: readonly Row[]): Promise<Map<string, RecipientNotice>> {
  if (rows.length === 0) return new Map()
  const found = await database.recipientNotice.findMany({
    where: {
      contactId: { in: [...new Set(rows.map(({ contactId }) => contactId))] },
      id: { in: rows.map(({ id }) => id) },
    },
  })
  return new Map(found.map((notice) => [notice.id, notice]))
}
