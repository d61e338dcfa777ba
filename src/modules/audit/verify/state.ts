import { leafHashOf } from '../leaf.ts'
import { leafColumns, leafEntryOf } from '../leaf-rows.ts'
import type { Ask } from './connection.ts'
import type { Finding } from './finding.ts'
import type { Orphan } from './variants.ts'

/** What the tables hold, taken as a whole. */
export type State = {
  /** Leaves that there are. */
  leaves: number
  /** The index after the last one. */
  end: number
  epoch: number
  /** Entries of earlier transactions have their leaves. */
  bound: string
  /** The first transaction that is still to come. */
  beyond: string
  /** Entries that are so new that they have none yet. */
  waiting: number
  /** When the oldest of them was recorded, if a turn should have taken it long ago. */
  waitingSince: string | undefined
  /** RFC 3339, by the database's clock. */
  now: string
  /** Whether the watermark is of this database, and not of one that it was restored from. */
  isSettled: boolean
}

const statement = `
  WITH last AS (
    SELECT coalesce((SELECT e.transaction_id FROM audit_entry e WHERE e.id = l.entry_id LIMIT 1),
      (SELECT e.transaction_id FROM system_audit_entry e WHERE e.id = l.entry_id)) AS transaction_id
    FROM audit_leaf l ORDER BY l.leaf_index DESC LIMIT 1
  ), now AS (
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax,
      (SELECT system_identifier FROM pg_control_system()) || '/' ||
        (SELECT oid FROM pg_database WHERE datname = current_database()) AS database
  )
  SELECT (SELECT count(*) FROM audit_leaf), (SELECT coalesce(max(leaf_index)::numeric + 1, 0) FROM audit_leaf), s.epoch,
    greatest(s.watermark, (SELECT transaction_id FROM last WHERE transaction_id <= now.xmax)),
    s.watermark > now.xmax, s.watermark < (SELECT transaction_id FROM last WHERE transaction_id <= now.xmax),
    s.database = now.database, now.xmax,
    to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  FROM now LEFT JOIN audit_sequencer s ON true`

/** Reads how far the log is, and finds what can't be in what the sequencer goes by. */
export async function readState(ask: Ask, add: (finding: Finding) => void): Promise<State> {
  const rows = await ask(statement)
  const [leaves, end, epoch, bound, isAhead, isBehind, settled, xmax, now = ''] = rows[0] ?? []
  const isSettled = settled === 't'
  if (rows.length !== 1 || epoch == null) {
    add({ kind: 'sequencerAltered', text: 'The table audit_sequencer must have one row.' })
  }
  if (isSettled && isAhead === 't') {
    const text =
      'The watermark in audit_sequencer is of a transaction that is still to come: entries would be left out of the tree.'
    add({ kind: 'sequencerAltered', text })
  }
  if (isSettled && isBehind === 't') {
    const text =
      'The watermark in audit_sequencer is before the last leaf: entries of earlier transactions would be let in.'
    add({ kind: 'sequencerAltered', text })
  }
  // No tree has more leaves than that; one whose index is beyond is a stray.
  const last = Math.min(Number(end), Number.MAX_SAFE_INTEGER)
  const state = {
    leaves: Number(leaves),
    end: last,
    epoch: Number(epoch ?? 1),
    bound: bound ?? '0',
    beyond: xmax ?? '0',
  }
  const [row] = await ask(waitingStatement, [state.bound, state.beyond])
  return { ...state, waiting: Number(row?.[0]), waitingSince: row?.[1] ?? undefined, now: now ?? '', isSettled }
}

/** A turn comes within a second, from whichever process; as long as none runs, entries wait. */
const patience = "interval '1 minute'"

const waitingIn = (table: string) => `
  SELECT e.recorded_at, e.transaction_id FROM ${table} e
  WHERE e.transaction_id >= $1 AND e.transaction_id < $2 AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)`

// What waits for a transaction that began earlier waits for good reason.
const waitingStatement = `
  SELECT count(*), to_char(min(e.recorded_at) FILTER (
      WHERE e.recorded_at < clock_timestamp() - ${patience} AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
  FROM (${waitingIn('audit_entry')} UNION ALL ${waitingIn('system_audit_entry')}) e`

const mostOrphans = 1000

/** Entries that have no leaf below `end`, though they are older than what still waits for one, or of a transaction still to come. */
export async function readOrphans(
  ask: Ask,
  { bound, beyond, end }: Pick<State, 'bound' | 'beyond' | 'end'>,
  add: (finding: Finding) => void,
): Promise<Orphan[]> {
  const orphansIn = (table: keyof typeof leafColumns) => `
    (SELECT ${leafColumns[table]}, NULL::bigint AS stray FROM ${table} e
     WHERE (e.transaction_id < $1 OR e.transaction_id >= $3) AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
     UNION ALL
     SELECT ${leafColumns[table]}, l.leaf_index FROM audit_leaf l JOIN ${table} e ON e.id = l.entry_id
     WHERE l.leaf_index < 0 OR l.leaf_index >= $2)`
  const rows = await ask(
    `SELECT * FROM (${orphansIn('audit_entry')} UNION ALL ${orphansIn('system_audit_entry')}) e ORDER BY e.transaction_id, e.id LIMIT ${mostOrphans}`,
    [bound, end, beyond],
  )
  if (rows.length === mostOrphans) add({ kind: 'inserted', text: `More than ${mostOrphans} entries have no leaf.` })
  return rows.map((row) => {
    const entry = leafEntryOf(row)
    return { entry, computed: leafHashOf(entry), strayIndex: row.at(-1) ?? undefined }
  })
}
