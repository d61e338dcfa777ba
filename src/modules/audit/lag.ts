import type { Database } from '../../database/client.ts'

/**
 * For how long the oldest entry has waited for its place in the tree, in seconds; 0 if none waits. More than a few seconds
 * mean that no process puts entries there, or that a transaction stays open somewhere on the database server.
 */
export async function integrationLag(database: Database): Promise<number> {
  // By itself, so that PostgreSQL knows how few entries are from there on: else it reads all of them.
  const [sequencer] = await database.$queryRaw<{ watermark: bigint }[]>`SELECT watermark FROM audit_sequencer`
  const watermark = sequencer?.watermark ?? 0n
  const [row] = await database.$queryRaw<{ seconds: number }[]>`
    SELECT coalesce(extract(epoch FROM clock_timestamp() - least(
      (SELECT e.recorded_at FROM audit_entry e
       WHERE e.transaction_id >= ${watermark} AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
       ORDER BY e.transaction_id LIMIT 1),
      (SELECT e.recorded_at FROM system_audit_entry e
       WHERE e.transaction_id >= ${watermark} AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
       ORDER BY e.transaction_id LIMIT 1))), 0)::float8 AS seconds`
  return row?.seconds ?? 0
}

/** Whether some process puts entries into the tree: of those that work in the background one always does. */
export async function isSequenced(database: Database): Promise<boolean> {
  const [row] = await database.$queryRaw<{ held: boolean }[]>`
    SELECT holder IS NOT NULL AND lease_until > clock_timestamp() AS held FROM audit_sequencer`
  return row?.held ?? false
}
