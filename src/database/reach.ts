import pg from 'pg'
import { isFault } from '../files.ts'
import { StartError } from '../start-error.ts'

/** What is at the end of a URL. */
export type Reached = {
  user: string
  database: string
  /** The same for all databases of one running server. */
  server: string
}

/** Connects. A StartError says what to change, and names the setting that the URL stands in. */
export async function connect(
  url: string,
  setting: string,
  applicationName?: string,
): Promise<{ client: pg.Client; reached: Reached }> {
  const client = makeClient(url, setting, applicationName)
  client.on('error', () => undefined) // Failing to connect is told by connect(), too.
  try {
    await client.connect()
  } catch (error) {
    throw connectionFault(error, client, setting)
  }
  try {
    const { rows } = await client.query<Reached>(
      `SELECT session_user AS user, current_database() AS database,
         extract(epoch FROM pg_postmaster_start_time())::text || ' ' || current_setting('port') AS server`,
    )
    if (!rows[0]) throw new Error('there is one row')
    return { client, reached: rows[0] }
  } catch (error) {
    await client.end()
    throw error
  }
}

/** Connects once, to see what is there. */
export async function reach(url: string, setting: string): Promise<Reached> {
  const { client, reached } = await connect(url, setting)
  await client.end()
  return reached
}

function makeClient(url: string, setting: string, applicationName: string | undefined) {
  try {
    const application = applicationName && { application_name: applicationName }
    return new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, ...application })
  } catch (cause) {
    if (isFault(cause, 'ENOENT', 'EACCES')) {
      throw new StartError(`${setting} names a file that can't be read: ${cause.path}.`, { cause })
    }
    throw new StartError(
      `${setting} can't be read. It must look like postgresql://user:password@host:5432/database; ` +
        'special characters in the password are written as %40 for @, %2F for / and so on.',
      { cause },
    )
  }
}

type Target = { host: string; port: number; user?: string | undefined; database?: string | undefined }

/**
 * A database on another machine is reached by verified TLS, unless the URL says otherwise (`sslmode=disable` where the
 * network between is nobody else's).
 */
export function withTransportSecurity(databaseUrl: string): string {
  const url = URL.parse(databaseUrl)
  if (!url || isHere(url) || url.searchParams.has('sslmode') || url.searchParams.has('ssl')) return databaseUrl
  url.searchParams.set('sslmode', 'verify-full')
  return url.href
}

function isHere({ hostname, searchParams }: URL) {
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  return host === '' || host.startsWith('/') || /^(localhost|127\.[\d.]+|\[?::1\]?)$/.test(host)
}

/** Why PostgreSQL can't be reached, with what to change. Names host, user and database, never the password. */
function connectionFault(error: unknown, { host, port, user, database }: Target, setting: string): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = error instanceof Error ? error.message : String(error)
  const place = `${host}:${port}`
  return new StartError(`${explain(code, reason, place, { host, port, user, database })} (setting ${setting})`, {
    cause: error,
  })
}

function explain(code: string, reason: string, place: string, { host, user, database }: Target): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `There is no host named ${host}. Check the host of the database.`
    case 'ECONNREFUSED':
      return `No PostgreSQL listens on ${place}. Start it, or check host and port.`
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `PostgreSQL on ${place} doesn't answer. Check host, port and firewall.`
    case '28P01':
      return `PostgreSQL on ${place} doesn't accept the password of the user "${user}". Check user and password.`
    case '28000':
      return `PostgreSQL on ${place} doesn't let the user "${user}" in: ${reason}. Check the user and pg_hba.conf.`
    case '3D000':
      return (
        `PostgreSQL on ${place} has no database "${database}". ` +
        `Make it there with: CREATE DATABASE "${database}" ENCODING 'UTF8' TEMPLATE template0;`
      )
    case '42501':
      return `The user "${user}" may not connect to the database "${database}" on ${place}. Grant it: ${reason}.`
    case '53300':
      return `PostgreSQL on ${place} takes no more connections. Raise max_connections there, or lower LETHE_CONNECTIONS.`
  }
  if (reason.includes('does not support SSL')) {
    return (
      `PostgreSQL on ${place} doesn't offer TLS, which a database on another machine has to. Turn it on there; ` +
      'or, if nobody else can listen on the network between, add ?sslmode=disable to the URL.'
    )
  }
  if (/certificate|CERT|self.signed|altnames/i.test(`${code} ${reason}`)) {
    return (
      `The certificate of PostgreSQL on ${place} can't be verified: ${reason}. ` +
      'Name the file of its authority with ?sslmode=verify-full&sslrootcert=/path/to/ca.pem in the URL.'
    )
  }
  if (/timeout/i.test(reason)) return `PostgreSQL on ${place} doesn't answer. Check host, port and firewall.`
  return `PostgreSQL on ${place} can't be used: ${reason}.`
}
