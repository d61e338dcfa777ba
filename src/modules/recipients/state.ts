import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Queue } from '../../database/queues.ts'

/** What recipients are to be told; what is to be told later doesn't wait yet. Given up: what staff has to tell them. */
export const notices: Queue = {
  name: 'recipient_notices',
  waiting: Prisma.sql`SELECT n.created_at AS since FROM recipient_sending s
    JOIN recipient_notice n ON n.contact_id = s.contact_id AND n.id = s.notice_id
    WHERE s.done_at IS NULL AND (s.attempts > 0 OR s.due_at <= now())`,
  givenUp: Prisma.sql`SELECT FROM recipient_notice n WHERE n.state = 'open' AND NOT EXISTS (
    SELECT FROM recipient_sending s WHERE s.contact_id = n.contact_id AND s.notice_id = n.id)`,
}

/** How many entries of the log were not looked through for what recipients have to be told. */
export async function entriesNotLookedThrough(database: Database): Promise<number> {
  const [state] = await database.$queryRaw<{ behind: number }[]>`
    SELECT greatest(coalesce(max(l.leaf_index) + 1, 0) - (SELECT position FROM recipient_cursor), 0)::float8 AS behind
    FROM audit_leaf l`
  return state?.behind ?? 0
}
