import type pg from 'pg'
import type { LeafEntry } from '../leaf.ts'
import { asText, type LeafRow, leafColumns, leafEntryOf } from '../leaf-rows.ts'

/** How many entries one turn takes, at most, from each place where it looks. */
export const mostAtOnce = 5000

type Table = keyof typeof leafColumns

/**
 * A pass over all entries, whatever their transactions: which table is at hand, and the last id of it that was seen. `until`,
 * when all were seen: the watermark that has to be reached, since among those that were taken others may still commit.
 */
export type Sweep = { table: Table; after: string; until?: string }

const tables: readonly Table[] = ['audit_entry', 'system_audit_entry']
const oldest = 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint'
const withoutLeaf = 'NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)'
const leastId = '00000000-0000-0000-0000-000000000000'

/** Where a pass over all entries begins. */
export const wholeSweep: Sweep = { table: 'audit_entry', after: leastId }

const settledIn = (table: Table) => `
  (SELECT ${leafColumns[table]}, ${oldest} AS oldest FROM ${table} e
   WHERE e.transaction_id >= $1::bigint AND e.transaction_id < ${oldest} AND ${withoutLeaf}
   ORDER BY e.transaction_id, e.id LIMIT ${mostAtOnce})`

const settled = `SELECT * FROM (${tables.map(settledIn).join(' UNION ALL ')}) e ORDER BY e.transaction_id, e.id LIMIT ${mostAtOnce}`

/**
 * Entries that have no leaf yet, of transactions from the watermark on, as far as no transaction can still commit among
 * them: one that began earlier and commits later isn't passed over. Also how far the watermark may move.
 */
export async function settledEntries(
  pool: pg.Pool,
  watermark: string,
): Promise<{ entries: LeafEntry[]; watermark: string; isFull: boolean }> {
  const rows = await readRows(pool, 'lethe_settled', settled, [watermark])
  const entries = entriesOf(rows)
  const isFull = rows.length === mostAtOnce
  const [last] = rows.slice(-1).map(leafEntryOf)
  const next = isFull ? last?.transactionId : rows[0]?.at(-1)
  return { entries, watermark: next ?? watermark, isFull }
}

/** The next part of a pass over all entries: those without a leaf, and where to go on. */
export async function sweepEntries(
  pool: pg.Pool,
  { table, after }: Sweep,
): Promise<{ entries: LeafEntry[]; next: Sweep }> {
  const { rows } = await pool.query<{ last: string | null; number: number }>(
    `SELECT max(e.id::text) AS last, count(*)::int AS number
     FROM (SELECT id FROM ${table} WHERE id > $1 ORDER BY id LIMIT ${mostAtOnce}) e`,
    [after],
  )
  const { last = null, number = 0 } = rows[0] ?? {}
  const statement = `SELECT ${leafColumns[table]} FROM ${table} e WHERE e.id > $1 AND e.id <= $2 AND ${withoutLeaf} ORDER BY e.id`
  const found = last === null ? [] : await readRows(pool, `lethe_sweep_${table}`, statement, [after, last])
  const entries = entriesOf(found)
  if (number === mostAtOnce) return { entries, next: { table, after: last ?? after } }
  const following = tables[tables.indexOf(table) + 1]
  if (following) return { entries, next: { table: following, after: leastId } }
  return { entries, next: { table, after, until: (await transactions(pool)).next } }
}

/** The oldest transaction that still runs, and the next one that will. */
export async function transactions(pool: pg.Pool): Promise<{ oldest: string; next: string }> {
  const { rows } = await pool.query<{ oldest: string; next: string }>(
    'SELECT pg_snapshot_xmin(s)::text AS oldest, pg_snapshot_xmax(s)::text AS next FROM pg_current_snapshot() s',
  )
  return rows[0] ?? { oldest: '0', next: '0' }
}

/** An entry about no contact. */
export async function systemEntry(client: pg.ClientBase, id: string): Promise<LeafEntry> {
  const text = `SELECT ${leafColumns.system_audit_entry} FROM system_audit_entry e WHERE e.id = $1`
  const [row] = await readRows(client, 'lethe_system_entry', text, [id])
  if (!row) throw new Error(`there is no entry ${id}`)
  return leafEntryOf(row)
}

/** Of two with the same id, which only somebody could write who went past the product, one stays without a leaf: `verify` tells. */
const entriesOf = (rows: readonly LeafRow[]): LeafEntry[] => [
  ...new Map(rows.map(leafEntryOf).map((entry) => [entry.id, entry])).values(),
]

async function readRows(on: pg.Pool | pg.ClientBase, name: string, text: string, values: string[]): Promise<LeafRow[]> {
  const { rows } = await on.query<(string | null)[]>({ name, text, values, rowMode: 'array', types: asText })
  return rows
}
