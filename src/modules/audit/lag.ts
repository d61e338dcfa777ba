import type { Database } from '../../database/client.ts'

/**
 * For how long the oldest entry has waited for its place in the tree, in seconds; 0 if none waits. More than a few seconds
 * mean that no process puts entries there, or that a transaction stays open somewhere on the database server.
 */
export async function integrationLag(database: Database): Promise<number> {
  const [row] = await database.$queryRaw<{ seconds: number }[]>`
    SELECT coalesce(extract(epoch FROM clock_timestamp() - least(
      (SELECT e.recorded_at FROM audit_entry e
       WHERE e.transaction_id >= s.watermark AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
       ORDER BY e.transaction_id LIMIT 1),
      (SELECT e.recorded_at FROM system_audit_entry e
       WHERE e.transaction_id >= s.watermark AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
       ORDER BY e.transaction_id LIMIT 1))), 0)::float8 AS seconds
    FROM audit_sequencer s`
  return row?.seconds ?? 0
}
