import pg from 'pg'

/** How long a turn of ours may leave a transaction alone before PostgreSQL ends it: as long as a lease, in seconds. */
export const leaseSeconds = 5

/** A few connections of the sequencer's own: it works on when requests use all others. */
export function openConnections(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    application_name: 'lethe sequencer',
    statement_timeout: 60_000,
    lock_timeout: leaseSeconds * 1000,
    // Should the server be gone without a word.
    query_timeout: 70_000,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    onConnect: prepare,
  })
  // A connection that broke while nobody used it is replaced by itself.
  pool.on('error', () => undefined)
  return pool
}

/**
 * A checkpoint that was published must survive a power cut. A process that hangs within a transaction must not keep others
 * from taking over. And few rows are looked up among very many: never by reading all of them, whatever the statistics say.
 */
const prepare = async (client: pg.ClientBase): Promise<void> => {
  await client.query(
    `SELECT set_config('synchronous_commit', 'on', false), set_config('enable_seqscan', 'off', false),
       set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false),
       set_config('idle_in_transaction_session_timeout', '${leaseSeconds}s', false)`,
  )
}
