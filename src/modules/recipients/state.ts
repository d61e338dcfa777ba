import type { Database } from '../../database/client.ts'

/** How far the telling of recipients is. Seconds, and counts. */
type RecipientState = { waiting: number; oldest: number; untold: number; behind: number }

/** How far it is, for measuring. What is to be told later doesn't wait yet. */
export async function recipientState(database: Database): Promise<RecipientState | undefined> {
  const [state] = await database.$queryRaw<RecipientState[]>`
    SELECT count(*)::int AS waiting,
      coalesce(extract(epoch FROM now() - min(n.created_at)), 0)::float8 AS oldest,
      (SELECT count(*) FROM recipient_notice n WHERE n.state = 'open' AND NOT EXISTS (
        SELECT FROM recipient_sending s WHERE s.contact_id = n.contact_id AND s.notice_id = n.id))::int AS untold,
      (SELECT greatest(coalesce(max(l.leaf_index) + 1, 0) - (SELECT position FROM recipient_cursor), 0)
        FROM audit_leaf l)::float8 AS behind
    FROM recipient_sending s JOIN recipient_notice n ON n.contact_id = s.contact_id AND n.id = s.notice_id
    WHERE s.done_at IS NULL AND (s.attempts > 0 OR s.due_at <= now())`
  return state
}
