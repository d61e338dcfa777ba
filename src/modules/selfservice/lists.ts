import { type CorrectionProposal, Prisma } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../database/keyset.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { answering, isBound, seenContacts } from '../contacts/sight.ts'

type Found = Record<string, unknown> & { id: string }

/** Which proposals. */
export type ProposalFilter = { contactId?: string | undefined; state?: string | undefined }

// Ids are UUIDv7, so this is the order of time: who has waited the longest comes first.
const oldestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`r.id`, type: 'uuid', descending: false }]

/** A page of what contacts proposed, the oldest first, without what waits for a mail to be answered. */
export const listProposals = (context: Context, { contactId, state }: ProposalFilter, page: PageArguments) =>
  pageOf<CorrectionProposal>(context, page, oldestFirst, {
    table: Prisma.sql`correction_proposal`,
    conditions: [
      state ? Prisma.sql`r.state = ${state}` : Prisma.sql`r.state <> 'unconfirmed'`,
      ...(contactId ? [Prisma.sql`r.contact_id = ${contactId}::uuid`] : []),
    ],
    read: (ids) => context.database.correctionProposal.findMany({ where: { id: { in: ids } } }),
  })

type Source<Row> = {
  table: Prisma.Sql
  conditions: readonly Prisma.Sql[]
  read: (ids: string[]) => PromiseLike<Row[]>
}

async function pageOf<Row extends { id: string }>(
  context: Context,
  page: PageArguments,
  keys: SortKey[],
  { table, conditions, read }: Source<Row>,
) {
  const plan = planPage(keys, page, pageSize)
  const all = [
    Prisma.sql`true`,
    ...conditions,
    ...(isBound(context)
      ? [Prisma.sql`EXISTS (SELECT FROM ${seenContacts(answering(context))} c WHERE c.contact_id = r.contact_id)`]
      : []),
    ...plan.conditions,
  ]
  const found = await context.database.$queryRaw<Found[]>`
    SELECT r.id, ${plan.cursorColumns} FROM ${table} r WHERE ${Prisma.join(all, ' AND ')}
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const byId = new Map((await read(rows.map(({ id }) => id))).map((row) => [row.id, row]))
  const edges = rows.flatMap((row) => {
    const node = byId.get(row.id)
    return node ? [{ cursor: writeCursor(keys, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}
