import { Prisma } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../database/keyset.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { isBound, seenContacts } from '../contacts/sight.ts'
import type { Outcome } from './queue.ts'

/** Which runs. */
export type RunFilter = { ruleId?: string | undefined; contactId?: string | undefined; state?: Outcome | undefined }

// Ids are UUIDv7, so this is the order of time.
const newestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`r.id`, type: 'uuid', descending: true }]

/** A page of runs, the newest first, without those about contacts that the caller doesn't see. */
export async function listRuns(context: Context, { ruleId, contactId, state }: RunFilter, page: PageArguments) {
  const plan = planPage(newestFirst, page, pageSize)
  const conditions = [
    Prisma.sql`true`,
    ...(ruleId ? [Prisma.sql`r.rule_id = ${ruleId}::uuid`] : []),
    ...(contactId ? [Prisma.sql`r.contact_id = ${contactId}::uuid`] : []),
    ...(state ? [Prisma.sql`r.state = ${state}`] : []),
    ...(isBound(context)
      ? [Prisma.sql`EXISTS (SELECT FROM ${seenContacts(context)} c WHERE c.contact_id = r.contact_id)`]
      : []),
    ...plan.conditions,
  ]
  const found = await context.database.$queryRaw<(Record<string, unknown> & { id: string })[]>`
    SELECT r.id, ${plan.cursorColumns} FROM automation_run r WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const runs = await context.database.automationRun.findMany({ where: { id: { in: rows.map(({ id }) => id) } } })
  const byId = new Map(runs.map((run) => [run.id, run]))
  const edges = rows.flatMap((row) => {
    const node = byId.get(row.id)
    return node ? [{ cursor: writeCursor(newestFirst, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}
