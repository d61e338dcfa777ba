import { Prisma } from '#prisma/client.ts'
import type { Database } from '../database/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../database/keyset.ts'
import { pageSize } from './builder.ts'

type Found = Record<string, unknown> & { id: string }

/** A page of rows `r` of a table, by one statement for their ids and one for the rows. */
export async function listRows<Row extends { id: string }>(
  database: Database,
  table: Prisma.Sql,
  given: {
    keys: readonly SortKey[]
    conditions: readonly Prisma.Sql[]
    page: PageArguments
    read: (ids: string[]) => PromiseLike<Row[]>
  },
) {
  const { keys, page } = given
  const plan = planPage(keys, page, pageSize)
  const where = Prisma.join([Prisma.sql`true`, ...given.conditions, ...plan.conditions], ' AND ')
  const found = await database.$queryRaw<Found[]>`
    SELECT r.id, ${plan.cursorColumns} FROM ${table} r WHERE ${where} ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const nodes = rows.length > 0 ? await given.read(rows.map(({ id }) => id)) : []
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const edges = rows.flatMap((row) => {
    const node = byId.get(row.id)
    return node ? [{ cursor: writeCursor(keys, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}

/** Ids are UUIDv7, so this is the order of time. */
export const newestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`r.id`, type: 'uuid', descending: true }]
