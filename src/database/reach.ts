import { StartError } from '../start-error.ts'

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
export function connectionFault(error: unknown, { host, port, user, database }: Target): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = error instanceof Error ? error.message : String(error)
  const place = `${host}:${port}`
  return new StartError(`${explain(code, reason, place, { host, port, user, database })} (setting DATABASE_URL)`, {
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
