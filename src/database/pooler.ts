import { StartError } from '../start-error.ts'
import { connect, reach, withTransportSecurity } from './reach.ts'

// A pooler of connections that hands them on after each transaction, such as PgBouncer in transaction mode. What a session would keep is
// lost there: its settings, prepared statements, what it listens to. So whatever needs a session goes past it (DATABASE_DIRECT_URL).

/**
 * The address of a pooler, if what is behind it is the database at `direct`, and statements have there what a session could not give
 * them: a time-out, and commits that last. Throws a StartError that says how to mend it.
 */
export async function throughPooler(pooledUrl: string, direct: string): Promise<string> {
  const url = withTransportSecurity(pooledUrl)
  const expected = await reach(direct, 'DATABASE_DIRECT_URL')
  const { client, reached } = await connect(url, 'DATABASE_URL')
  try {
    const { user, database, server } = reached
    if (server !== expected.server || database !== expected.database || user !== expected.user) {
      throw new StartError(
        `Behind DATABASE_URL is the database "${database}" as the user "${user}"${server === expected.server ? '' : ' on another server'}, ` +
          `and DATABASE_DIRECT_URL is "${expected.database}" as "${expected.user}": they must be the same.`,
      )
    }
    const { rows } = await client.query<{ timeout: string; commit: string }>(
      `SELECT current_setting('statement_timeout') AS timeout, current_setting('synchronous_commit') AS commit`,
    )
    const missing = [
      ...(rows[0]?.timeout === '0' ? [`statement_timeout = '30s'`] : []),
      ...(rows[0]?.commit === 'off' ? ['synchronous_commit = on'] : []),
    ]
    if (missing.length > 0) {
      const mending = missing.map((one) => `  ALTER ROLE "${user}" IN DATABASE "${database}" SET ${one};`).join('\n')
      throw new StartError(
        `Through the pooler at DATABASE_URL these settings can't be made for each connection. Make them for the user:\n${mending}\n` +
          'Then let the pooler open its connections anew (RECONNECT).',
      )
    }
  } finally {
    await client.end()
  }
  return url
}
