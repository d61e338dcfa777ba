import { type Erasure, type ErasureFingerprint, Prisma } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../database/keyset.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import type { ErasureGround } from '../module.ts'
import { seenErasure } from './find.ts'
import type { ErasureState } from './state.ts'

/** Which erasures. Several conditions hold together. */
export type ErasureFilter = {
  states?: readonly ErasureState[] | undefined
  ground?: ErasureGround | undefined
  contactId?: string | undefined
  /** Of a contact that is gone. */
  formerId?: string | undefined
  requestId?: string | undefined
  /** Whether recipients have to be told by hand. */
  untold?: boolean | undefined
  from?: Date | undefined
  until?: Date | undefined
}

// Ids are UUIDv7, so this is the order of time.
const newestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`e.id`, type: 'uuid', descending: true }]

type Row = Record<string, unknown> & { id: string }

/** A page of the register; what belongs to a set stands there as one. */
export async function listErasures(context: Context, filter: ErasureFilter, page: PageArguments) {
  const plan = planPage(newestFirst, page, pageSize)
  const conditions = [Prisma.sql`e.kind <> 'batch'`, seenErasure(context), ...conditionsOf(filter), ...plan.conditions]
  const found = await context.database.$queryRaw<Row[]>`
    SELECT e.id, ${plan.cursorColumns} FROM erasure e WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const cut = cutPage(plan, found, page)
  const rows = await context.database.erasure.findMany({ where: { id: { in: cut.rows.map(({ id }) => id) } } })
  return connection<Erasure>(cut, rows)
}

function conditionsOf({ states, ground, contactId, formerId, requestId, untold, from, until }: ErasureFilter) {
  return [
    ...(states ? [Prisma.sql`e.state = ANY(${[...states]}::text[])`] : []),
    ...(ground ? [Prisma.sql`e.ground = ${ground}`] : []),
    ...(contactId
      ? [
          Prisma.sql`EXISTS (SELECT FROM erasure_subject s WHERE s.contact_id = ${contactId}::uuid AND s.erasure_id = e.id)`,
        ]
      : []),
    ...(formerId
      ? [
          Prisma.sql`e.id IN (SELECT coalesce(b.set_id, b.id) FROM erased_contact g JOIN erasure b ON b.id = g.erasure_id
            WHERE g.contact_id = ${formerId}::uuid)`,
        ]
      : []),
    ...(requestId ? [Prisma.sql`e.request_id = ${requestId}::uuid`] : []),
    ...(untold === undefined
      ? []
      : [Prisma.sql`(e.clients_told_at IS NULL AND cardinality(e.untold_clients) > 0) = ${untold}`]),
    ...(from ? [Prisma.sql`e.requested_at >= ${from}`] : []),
    ...(until ? [Prisma.sql`e.requested_at < ${until}`] : []),
  ]
}

/** A page of fingerprints, the newest first. */
export async function listFingerprints(context: Context, page: PageArguments) {
  const plan = planPage(newestFirst, page, pageSize)
  const conditions = [Prisma.sql`true`, ...plan.conditions]
  const found = await context.database.$queryRaw<Row[]>`
    SELECT e.id, ${plan.cursorColumns} FROM erasure_fingerprint e WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const cut = cutPage(plan, found, page)
  const where = { id: { in: cut.rows.map(({ id }) => id) } }
  return connection<ErasureFingerprint>(cut, await context.database.erasureFingerprint.findMany({ where }))
}

function connection<Node extends { id: string }>(
  { rows, hasNextPage, hasPreviousPage }: ReturnType<typeof cutPage<Row>>,
  nodes: readonly Node[],
) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const edges = rows.flatMap((row) => {
    const node = byId.get(row.id)
    return node ? [{ cursor: writeCursor(newestFirst, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}
