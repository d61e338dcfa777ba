import { join, resolve } from 'node:path'
import { type BackupSettings, backupsOf, type KeyBackupSettings } from './backup/settings.ts'
import type { SessionLimits } from './graphql/context.ts'
import { type LedgerPlace, ledgerOf } from './ledger/settings.ts'
import { type MailSettings, mailOf } from './mail/settings.ts'
import type { ErasureSettings } from './modules/erasure/settings.ts'
import { here, type WorkingDays } from './modules/requests/deadline.ts'
import type { StatisticsSettings } from './modules/statistics/settings.ts'
import { type Environment, settings } from './settings.ts'
import { withFiles } from './settings-files.ts'
import { StartError } from './start-error.ts'
import type { BucketSettings } from './storage/s3.ts'
import { bucketOf } from './storage/settings.ts'
import { type TracingSettings, tracingOf } from './telemetry/settings.ts'

export type Config = {
  host: string
  port: number
  /** Absolute path. */
  data: string
  databaseUrl: string | undefined
  /** A pooler of connections in front of it, for what needs no session of its own. */
  pooledUrl: string | undefined
  /** Copies of it, for what may be some seconds old. */
  replicaUrls: readonly string[]
  databaseOwnerUrl: string | undefined
  /** Set whenever `databaseUrl` is. */
  keystoreUrl: string | undefined
  admin: { email: string; password: string | undefined }
  secret: string | undefined
  masterKey: string | undefined
  masterKeyCommand: string | undefined
  auditKey: string | undefined
  auditOrigin: string | undefined
  tls: { certificate: string; key: string } | undefined
  corsOrigins: readonly string[]
  /** An origin, once it is known: without LETHE_URL, when the server listens. */
  publicUrl: string | undefined
  /** Addresses and networks in CIDR notation. */
  trustedProxies: readonly string[]
  sessions: SessionLimits
  mail: MailSettings | undefined
  provider: ProviderConfig | undefined
  country: string
  consent: ConsentSettings
  /** Where and when people work, for deadlines. */
  workingDays: WorkingDays
  webhooks: WebhookSettings
  packages: PackageSettings
  erasure: ErasureSettings
  statistics: StatisticsSettings
  /** In which hour the databases are scrubbed; undefined: not by the server. */
  scrub: number | undefined
  /** Where files lie; undefined: in a folder of the data folder. */
  bucket: BucketSettings | undefined
  /** Where the erasure ledger is kept. */
  ledger: readonly LedgerPlace[]
  /** Whether nobody said where: then one in the data folder alone gets a second place outside of it. */
  copiesLedger: boolean
  backups: BackupSettings
  keyBackups: KeyBackupSettings
  /** Bytes. */
  maxDocument: number
  maxMail: number
  /** How many requests of persons a partner's program may hand on at once; in 100 minutes as many again. */
  requestsAtOnce: number
  /** Bytes. */
  maxBody: number
  /** Milliseconds. */
  timeout: number
  /** Milliseconds. */
  grace: number
  connections: number
  metricsToken: string | undefined
  /** Who answers for the data, as reports name them. */
  organisation: Organisation
  logLevel: string
  graphiql: boolean
  /** Undefined: no spans are made. */
  tracing: TracingSettings | undefined
  /** Sentences about what works, and is not as it should be. */
  warnings: readonly string[]
}

/** How consent is asked for. */
export type ConsentSettings = {
  /** Milliseconds that a request can be confirmed. */
  timeToConfirm: number
  /** Mails that a person can be sent at once because strangers typed their address. */
  mails: number
  /** Calls a second of one publishable key, and of one origin. */
  pageRate: number
  /** Calls a second of one secret key's client. */
  serverRate: number
  /** Calls a minute of one network, by pages and by tokens. */
  addressRate: number
}

/** How webhooks are called. */
export type WebhookSettings = {
  /** Also at addresses of this machine and of private networks. */
  allowPrivate: boolean
  /** Milliseconds after which a delivery is given up. */
  giveUpAfter: number
  /** A certificate authority to trust besides the usual ones, as PEM. */
  ca: string | undefined
}

/** Names and contact details, and where the data is. */
export type Organisation = {
  controller: string | undefined
  dataProtectionOfficer: string | undefined
  /** Where the data is kept. */
  storageLocations?: readonly string[]
  /** Whose law it is kept under. */
  jurisdiction?: string | undefined
  /** The supervisory authority that persons can complain to (Art. 77 GDPR). */
  authority?: string | undefined
  /** Which decisions are made by machines alone, by which logic and with what effect (Art. 15(1)(h) GDPR). */
  automatedDecisions?: string | undefined
  /** The path of a PNG, JPEG or SVG. */
  logo?: string | undefined
}

/** How long files of access packages are kept, in milliseconds. */
export type PackageSettings = { produced: number; delivered: number }

/** An OpenID provider. */
export type ProviderConfig = {
  issuer: string
  clientId: string
  clientSecret: string | undefined
  /** For people. */
  name: string
  audience: string | undefined
  rolesClaim: string
  /** Which of our roles a value of the claim means. */
  roles: readonly { value: string; role: string }[]
}

/** Reads the settings from the environment; `NAME_FILE` names a file that holds the value of `NAME`. Throws a StartError that names every wrong one. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const { given, warnings } = withFiles(
    Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
  )
  const { data: env, error } = settings.safeParse(given)
  if (error) {
    const faults = error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`)
    throw new StartError(`These settings are not usable:\n${faults.join('\n')}`)
  }
  if (Boolean(env.LETHE_TLS_CERT) !== Boolean(env.LETHE_TLS_KEY)) {
    throw new StartError('Set both LETHE_TLS_CERT and LETHE_TLS_KEY, or neither.')
  }
  if (env.DATABASE_URL && !env.KEYSTORE_URL) {
    throw new StartError(
      'DATABASE_URL needs KEYSTORE_URL, a second database for the keys: postgresql://user:password@host:5432/lethe_keys. ' +
        "The README tells how to make both ('A PostgreSQL of your own').",
    )
  }
  if (env.DATABASE_DIRECT_URL && !env.DATABASE_URL) {
    throw new StartError(
      'DATABASE_DIRECT_URL goes with DATABASE_URL, the same database behind a pooler of connections.',
    )
  }
  if (env.DATABASE_REPLICA_URLS.length > 0 && !env.DATABASE_URL) {
    throw new StartError('DATABASE_REPLICA_URLS goes with DATABASE_URL, the database that they are copies of.')
  }
  if (env.DATABASE_OWNER_URL && !env.DATABASE_URL) {
    throw new StartError('DATABASE_OWNER_URL goes with DATABASE_URL, the same database as the user who owns nothing.')
  }
  if (env.LETHE_OIDC_ISSUER && !env.LETHE_OIDC_CLIENT_ID) {
    throw new StartError('LETHE_OIDC_ISSUER needs LETHE_OIDC_CLIENT_ID, what the provider knows this installation as.')
  }
  return {
    host: env.HOST,
    port: env.PORT,
    data: resolve(env.LETHE_DATA),
    databaseUrl: env.DATABASE_DIRECT_URL ?? env.DATABASE_URL,
    replicaUrls: env.DATABASE_REPLICA_URLS,
    pooledUrl: env.DATABASE_DIRECT_URL && env.DATABASE_URL,
    databaseOwnerUrl: env.DATABASE_OWNER_URL,
    keystoreUrl: env.KEYSTORE_URL,
    admin: { email: env.LETHE_ADMIN_EMAIL, password: env.LETHE_ADMIN_PASSWORD },
    secret: env.LETHE_SECRET,
    masterKey: env.LETHE_MASTER_KEY,
    masterKeyCommand: env.LETHE_MASTER_KEY_COMMAND,
    auditKey: env.LETHE_AUDIT_KEY,
    auditOrigin: env.LETHE_AUDIT_ORIGIN,
    tls:
      env.LETHE_TLS_CERT && env.LETHE_TLS_KEY ? { certificate: env.LETHE_TLS_CERT, key: env.LETHE_TLS_KEY } : undefined,
    corsOrigins: env.LETHE_CORS_ORIGINS,
    publicUrl: env.LETHE_URL,
    trustedProxies: env.LETHE_TRUSTED_PROXIES,
    sessions: { lifetime: env.LETHE_SESSION_HOURS * 3_600_000, idle: env.LETHE_IDLE_MINUTES * 60_000 },
    mail: mailOf(env),
    provider: providerOf(env),
    country: env.LETHE_COUNTRY,
    consent: {
      timeToConfirm: env.LETHE_CONSENT_DAYS * 24 * 3_600_000,
      mails: env.LETHE_CONSENT_MAILS,
      pageRate: env.LETHE_CONSENT_PAGE_RATE,
      serverRate: env.LETHE_CONSENT_SERVER_RATE,
      addressRate: env.LETHE_CONSENT_ADDRESS_RATE,
    },
    workingDays: { timeZone: env.LETHE_TIME_ZONE ?? here.timeZone, holidays: env.LETHE_HOLIDAYS },
    organisation: {
      controller: env.LETHE_CONTROLLER,
      dataProtectionOfficer: env.LETHE_DPO,
      storageLocations: env.LETHE_STORAGE_LOCATIONS?.split('\n') ?? [],
      jurisdiction: env.LETHE_JURISDICTION,
      authority: env.LETHE_AUTHORITY,
      automatedDecisions: env.LETHE_AUTOMATED_DECISIONS,
      logo: env.LETHE_LOGO,
    },
    packages: {
      produced: env.LETHE_PACKAGE_DAYS * 24 * 3_600_000,
      delivered: env.LETHE_PACKAGE_DAYS_DELIVERED * 24 * 3_600_000,
    },
    erasure: { approvals: env.LETHE_ERASURE_APPROVALS },
    statistics: { threshold: env.LETHE_STATISTICS_THRESHOLD },
    scrub: env.LETHE_SCRUB,
    webhooks: {
      allowPrivate: env.LETHE_WEBHOOK_PRIVATE,
      giveUpAfter: env.LETHE_WEBHOOK_HOURS * 3_600_000,
      ca: env.LETHE_WEBHOOK_CA,
    },
    bucket: bucketOf(env),
    ledger: ledgerOf(env),
    copiesLedger: !env.LETHE_LEDGER?.trim(),
    ...backupsOf(env),
    maxDocument: env.LETHE_MAX_DOCUMENT,
    maxMail: env.LETHE_MAX_MAIL,
    requestsAtOnce: env.LETHE_REQUESTS_AT_ONCE,
    maxBody: env.LETHE_MAX_BODY,
    timeout: env.LETHE_TIMEOUT,
    grace: env.LETHE_GRACE,
    connections: env.LETHE_CONNECTIONS,
    metricsToken: env.LETHE_METRICS_TOKEN,
    logLevel: env.LETHE_LOG,
    graphiql: env.LETHE_GRAPHIQL,
    tracing: tracingOf(env),
    warnings,
  }
}

function providerOf(env: Environment): ProviderConfig | undefined {
  if (!env.LETHE_OIDC_ISSUER || !env.LETHE_OIDC_CLIENT_ID) return undefined
  return {
    issuer: env.LETHE_OIDC_ISSUER,
    clientId: env.LETHE_OIDC_CLIENT_ID,
    clientSecret: env.LETHE_OIDC_CLIENT_SECRET,
    name: env.LETHE_OIDC_NAME,
    audience: env.LETHE_OIDC_AUDIENCE,
    rolesClaim: env.LETHE_OIDC_ROLES_CLAIM,
    roles: env.LETHE_OIDC_ROLES.map((pair) => {
      const [value = '', role = ''] = pair.split('=')
      return { value, role }
    }),
  }
}

/** Where something is kept in the data folder. */
export const dataPath = (config: Pick<Config, 'data'>, ...names: string[]): string => join(config.data, ...names)
