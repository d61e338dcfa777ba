import { Prisma } from '#prisma/client.ts'
import type { Actor, Context } from '../../../graphql/context.ts'
import { isBound, seenContacts } from '../../contacts/sight.ts'
import type { StoredEntry } from '../entries.ts'
import type { Sight } from '../sight.ts'
import { aboutContacts, aboutOthers, type EntryTable, newest } from '../tables.ts'

/** Entries of one request: all, or those of one actor. */
export type OfRequest = { requestId: string; actor: Actor | undefined }

/** The entry with this id, if there is one that the caller sees. */
export async function entryById(context: Context, sight: Sight, id: string): Promise<StoredEntry | undefined> {
  const [entry] = await list(context, sight, [Prisma.sql`e.id = ${id}::uuid`], 1)
  return entry
}

/** Entries of a request that the caller sees, the oldest first, from one on. */
export const entriesOfRequest = (
  context: Context,
  sight: Sight,
  request: OfRequest,
  { first, after }: { first: number; after: string | undefined },
): Promise<StoredEntry[]> => {
  const beyond = after === undefined ? [] : [Prisma.sql`e.id > ${after}::uuid`]
  return list(context, sight, [...ofRequest(request), ...beyond], first)
}

/** How many there are of them. */
export async function countOfRequest(context: Context, sight: Sight, request: OfRequest): Promise<number> {
  const [row] = await context.database.$queryRaw<{ count: number }[]>`
    SELECT (${Prisma.join(
      tables.map(
        (table) =>
          Prisma.sql`(SELECT count(*) FROM ${table.rows} WHERE ${where(context, sight, table, ofRequest(request))})`,
      ),
      ' + ',
    )})::int AS count`
  return row?.count ?? 0
}

const tables: readonly EntryTable[] = [aboutContacts, aboutOthers]

const ofRequest = ({ requestId, actor }: OfRequest) => [
  Prisma.sql`e.request_id = ${requestId}`,
  ...(actor ? [Prisma.sql`e.actor_kind = ${actor.kind} AND e.actor_id IS NOT DISTINCT FROM ${actor.id}::uuid`] : []),
]

function list(
  context: Context,
  sight: Sight,
  conditions: readonly Prisma.Sql[],
  limit: number,
): Promise<StoredEntry[]> {
  const plan = { cursorColumns: Prisma.sql`NULL AS cursor_0`, orderBy: Prisma.sql`e.id`, limit }
  const parts = tables.map((table) => newest(plan, table, table.rows, [where(context, sight, table, conditions)]))
  return context.database.$queryRaw`
    SELECT e.* FROM (${Prisma.join(parts, ' UNION ALL ')}) e ORDER BY e.id LIMIT ${limit}`
}

/** Of what a bound caller doesn't see, there is nothing. */
function where(context: Context, sight: Sight, table: EntryTable, conditions: readonly Prisma.Sql[]): Prisma.Sql {
  const hidden = [...sight.hiddenTypes(), ...(table === aboutContacts ? [] : sight.hiddenAmongOthers())]
  const seen = Prisma.sql`EXISTS (SELECT FROM ${seenContacts(context)} c WHERE c.contact_id = e.contact_id)`
  const all = [
    ...conditions,
    ...(hidden.length > 0 ? [Prisma.sql`e.entity <> ALL(${hidden}::text[])`] : []),
    ...(isBound(context) && table === aboutContacts ? [seen] : []),
  ]
  return Prisma.join(all, ' AND ')
}
