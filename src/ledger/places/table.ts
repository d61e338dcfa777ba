import pg from 'pg'
import { beDurable } from '../../database/durable.ts'
import { withTransportSecurity } from '../../database/reach.ts'
import { sqlState } from '../../database/sql-errors.ts'
import type { Place } from './place.ts'

const pageSize = 500

/** Keeps the ledger in a table of a PostgreSQL elsewhere, which is made there when the first entry comes. */
export function openLedgerTable(url: string): Place {
  const { host, pathname } = new URL(url)
  const pool = new pg.Pool({
    connectionString: withTransportSecurity(url),
    max: 2,
    application_name: 'lethe ledger',
    statement_timeout: 30_000,
    query_timeout: 35_000, // When not even PostgreSQL can say so.
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 10_000,
    allowExitOnIdle: true,
    onConnect: beDurable,
  })
  // A connection that broke while nobody used it is replaced by itself.
  pool.on('error', () => undefined)

  /** Nothing, where there is no table yet. */
  async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await pool.query<Row>(text, values)).rows
    } catch (error) {
      if (sqlState(error) !== '42P01') throw error
      return []
    }
  }

  const after = (sequence: number) =>
    query<{ sequence: number; text: string }>(
      `SELECT sequence::float8 AS sequence, entry AS text FROM lethe_ledger WHERE sequence > $1 ORDER BY sequence LIMIT ${pageSize}`,
      [sequence],
    )

  return {
    name: `the table lethe_ledger of ${host}${pathname}`,
    read: async (sequence) =>
      (await query<{ text: string }>('SELECT entry AS text FROM lethe_ledger WHERE sequence = $1', [sequence]))[0]
        ?.text,
    create: async (sequence, text) => {
      // Where somebody else owns the table, we needn't be allowed to make one.
      const [there] = await query<{ there: boolean }>(`SELECT to_regclass('lethe_ledger') IS NOT NULL AS there`)
      if (!there?.there) {
        await pool
          .query('CREATE TABLE IF NOT EXISTS lethe_ledger (sequence bigint PRIMARY KEY, entry text NOT NULL)')
          .catch((error: unknown) => {
            // Another process makes it at this very moment.
            if (!['23505', '42710', '42P07'].includes(sqlState(error) ?? '')) throw error
          })
      }
      const { rowCount } = await pool.query('INSERT INTO lethe_ledger VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        sequence,
        text,
      ])
      return rowCount === 1
    },
    from: async function* (first) {
      for (let last = first - 1; ; ) {
        const page = await after(last)
        yield* page
        last = page.at(-1)?.sequence ?? last
        if (page.length < pageSize) return
      }
    },
    last: async () =>
      (await query<{ last: number | null }>('SELECT max(sequence)::float8 AS last FROM lethe_ledger'))[0]?.last ??
      undefined,
    putAside: async () => {
      const [found] = await query<{ aside: string }>(
        `SELECT 'lethe_ledger_' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD"t"HH24MISSMS') AS aside FROM lethe_ledger LIMIT 1`,
      )
      if (!found) return undefined
      await pool.query(`ALTER TABLE lethe_ledger RENAME TO ${pg.escapeIdentifier(found.aside)}`)
      return found.aside
    },
    close: () => pool.end(),
  }
}
