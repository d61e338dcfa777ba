import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'

// A million contacts in a file are no million entries in the log: that it was fetched is one, and whom it told of stands beside, some thousands a
// row. So "who accessed what" can be answered of a single person, for as long as the log is kept.

const each = 5000

/** How many an export tells of, and a hash over them, for the log: SHA-256, hex, over those of the rows (their ids with a space between). */
export type Reach = { contacts: number; contactsSha256: string }

/** Writes down whom a file tells of, under the request that fetches it. Before anything is given. */
export const noteReach = (context: Context, fileId: string): Promise<Reach> =>
  note(context, Prisma.sql`SELECT contact_id FROM report_file_contact WHERE file_id = ${fileId}::uuid`)

/** The same of a file that is given at once, without being kept. */
export const noteReachOf = (context: Context, contactIds: ReadonlySet<string>): Promise<Reach> =>
  note(context, Prisma.sql`SELECT contact_id FROM unnest(${[...contactIds]}::uuid[]) contact_id`)

async function note({ database, requestId }: Context, reached: Prisma.Sql): Promise<Reach> {
  const [reach] = await database.$queryRaw<Reach[]>`
    WITH noted AS (
      INSERT INTO export_reach (request_id, number, first_id, last_id, contact_ids)
      SELECT ${requestId}, s.number, min(s.contact_id::text)::uuid, max(s.contact_id::text)::uuid, array_agg(s.contact_id ORDER BY s.contact_id)
      FROM (
        SELECT r.contact_id, ((row_number() OVER (ORDER BY r.contact_id) - 1) / ${each}::int)::int AS number FROM (${reached}) r
      ) s GROUP BY s.number
      RETURNING number, contact_ids
    )
    SELECT coalesce(sum(cardinality(n.contact_ids)), 0)::int AS contacts,
      encode(sha256(coalesce(string_agg(sha256(convert_to(array_to_string(n.contact_ids, ' '), 'UTF8')), ''::bytea ORDER BY n.number), '')),
        'hex') AS "contactsSha256"
    FROM noted n`
  if (!reach) throw new Error('nothing was noted')
  return reach
}
