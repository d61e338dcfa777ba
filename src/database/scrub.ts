import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { sqlState } from './sql-errors.ts'

// PostgreSQL keeps what was deleted for a while: in holes of its pages, in indexes, in the statistics of its planner, and in its
// write-ahead log. For what was erased that must not be. A table that is written anew has none of it, and of the log only what came since
// the last checkpoint is kept, if it isn't told to use its files again (`wal_recycle`).

/** A database to scrub, as the user who owns it. */
export type ScrubTarget = { name: string; url: string }

/** What was done, and what could not be. */
export type Scrubbed = {
  /** Tables that were written anew. */
  tables: number
  /** Why something may still be there: a sentence each. */
  faults: string[]
}

export type ScrubOptions = {
  /** Told before each table; `total` of this database. */
  progress?: (database: string, done: number, total: number, table: string) => void
  signal?: AbortSignal
  /** Milliseconds that a table is waited for, each time it is tried. */
  lockTimeout?: number
  /** How often a table is tried that others use. */
  rounds?: number
  /** Milliseconds that transactions are waited for which still see what was deleted. */
  patience?: number
}

/** Only ever added to. */
const append = [
  'audit_entry',
  'system_audit_entry',
  'audit_leaf',
  'audit_node',
  'audit_checkpoint',
  '_prisma_migrations',
]

/**
 * Writes databases anew, table by table with its indexes, so that nothing of what was deleted before is left in their files; then has the
 * write-ahead log begin anew, if all are of one server, as its owner may. Each table is locked for as long as that takes.
 */
export async function scrub(targets: readonly ScrubTarget[], options: ScrubOptions = {}): Promise<Scrubbed> {
  const result: Scrubbed = { tables: 0, faults: [] }
  for (const target of targets) {
    const client = await openClient(target.url)
    try {
      await rewrite(client, target.name, options, result)
    } finally {
      await client.end()
    }
  }
  await beginLogsAnew(targets, result)
  return result
}

async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'lethe scrub', statement_timeout: 0 })
  await client.connect()
  return client
}

async function rewrite(client: pg.Client, database: string, options: ScrubOptions, result: Scrubbed): Promise<void> {
  const { progress = () => undefined, signal, lockTimeout = 2000, rounds = 20, patience = 60_000 } = options
  if (!(await nobodySeesMore(client, patience))) {
    result.faults.push(
      `${database}: somebody has had a transaction open since before, and still sees what was deleted.`,
    )
  }
  await client.query(`SET lock_timeout = ${Math.trunc(lockTimeout)}`)
  let waiting = await tablesOf(client)
  const total = waiting.length
  let done = 0
  for (let round = 1; waiting.length > 0; round++) {
    const busy: Table[] = []
    for (const table of waiting) {
      signal?.throwIfAborted()
      progress(database, done, total, table.name)
      if (!(await rewriteTable(client, table))) busy.push(table)
      else {
        done++
        if (table.isOrdinary && !(await forgetStatistics(client, table)))
          result.faults.push(
            `${database}: its user may not remove what the planner noted of ${table.name}, which is empty now.`,
          )
      }
    }
    waiting = busy
    if (round < rounds && busy.length > 0) await wait(Math.min(100 * round, 2000))
    else break
  }
  result.tables += done
  for (const { name } of waiting) result.faults.push(`${database}: the table ${name} was in use all the time.`)
}

type Table = { name: string; quoted: string; isOrdinary: boolean }

/** The tables of the product; and that of the planner's statistics, which has samples of their values, as the last one. */
async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `SELECT relname AS name, quote_ident(relname) AS quoted, true AS "isOrdinary" FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relname = ANY($1)
       AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = pg_class.oid AND i.inhparent::regclass::text = ANY($1))
     ORDER BY pg_relation_size(oid), relname`,
    [append],
  )
  const statistics = { name: 'pg_statistic', quoted: 'pg_catalog.pg_statistic', isOrdinary: false }
  return [...rows, statistics]
}

/** Returns whether it was possible: nobody else used the table. */
async function rewriteTable(client: pg.Client, { quoted, isOrdinary }: Table): Promise<boolean> {
  try {
    await client.query(`VACUUM (FULL${isOrdinary ? ', ANALYZE' : ''}) ${quoted}`)
    return true
  } catch (error) {
    // lock_not_available, or a deadlock with somebody who uses several tables.
    if (['55P03', '40P01'].includes(sqlState(error) ?? '')) return false
    throw error
  }
}

/** Of a table that is empty, ANALYZE leaves what was noted before. Returns whether nothing of that is left. */
async function forgetStatistics(client: pg.Client, { name, quoted }: Table): Promise<boolean> {
  if ((await client.query(`SELECT FROM ${quoted} LIMIT 1`)).rowCount !== 0) return true
  const noted = 'FROM pg_stats WHERE schemaname = $1 AND tablename = $2'
  const place = ['public', name]
  try {
    // PostgreSQL 18 has a function for whoever owns the table; before, only a superuser may.
    const { rows } = await client.query<{ has: boolean }>(
      `SELECT to_regproc('pg_clear_attribute_stats') IS NOT NULL AS has`,
    )
    if (rows[0]?.has) {
      await client.query(`SELECT pg_clear_attribute_stats(schemaname, tablename, attname, inherited) ${noted}`, place)
    } else await client.query(`DELETE FROM pg_statistic WHERE starelid = $1::regclass`, [quoted])
  } catch (error) {
    if (sqlState(error) !== '42501') throw error
  }
  await client.query(
    `DO $$ BEGIN DELETE FROM pg_statistic WHERE starelid IN (SELECT indexrelid FROM pg_index WHERE indrelid = '${quoted}'::regclass);
     EXCEPTION WHEN insufficient_privilege THEN NULL; END $$`,
  )
  return (await client.query(`SELECT ${noted} LIMIT 1`, place)).rowCount === 0
}

/** Waits until no transaction sees rows that were deleted before now: VACUUM would keep them for it. */
async function nobodySeesMore(client: pg.Client, patience: number): Promise<boolean> {
  const { rows } = await client.query<{ now: string }>('SELECT pg_current_xact_id()::xid::text AS now')
  const until = Date.now() + patience
  for (;;) {
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type <> 'walsender'
         AND (age(backend_xmin) > age($1::text::xid) OR age(backend_xid) > age($1::text::xid)) LIMIT 1`,
      [rows[0]?.now],
    )
    if (rowCount === 0) return true
    if (Date.now() > until) return false
    await wait(100)
  }
}

/** Has each server's write-ahead log begin anew, by whichever of its users may. */
async function beginLogsAnew(targets: readonly ScrubTarget[], result: Scrubbed): Promise<void> {
  const servers = new Map<string, string[]>()
  for (const { name, url } of targets) {
    const client = await openClient(url)
    try {
      const { rows } = await client.query<{ server: string; recycles: string }>(
        `SELECT concat_ws(' ', inet_server_addr(), inet_server_port(), pg_postmaster_start_time()) AS server,
           current_setting('wal_recycle') AS recycles`,
      )
      const { server = '', recycles } = rows[0] ?? {}
      const before = servers.get(server)
      if (before?.length === 0) continue
      const faults = await beginLogAnew(client, name)
      if (recycles !== 'off')
        faults.push(`${name}: its server uses files of the write-ahead log again (ALTER SYSTEM SET wal_recycle = off).`)
      servers.set(server, faults)
    } finally {
      await client.end()
    }
  }
  result.faults.push(...[...servers.values()].flat())
}

/** Lets go of the log as it was: its current file is closed, and those before the checkpoint are removed. */
async function beginLogAnew(client: pg.Client, database: string): Promise<string[]> {
  try {
    await client.query('CHECKPOINT')
    await client.query('SELECT pg_switch_wal()')
    await client.query('CHECKPOINT')
    return []
  } catch (error) {
    if (sqlState(error) !== '42501') throw error
    return [
      `${database}: its user may not have the write-ahead log begin anew (GRANT pg_checkpoint TO …; GRANT EXECUTE ON FUNCTION pg_switch_wal() TO …).`,
    ]
  }
}
