import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import type { Protection } from './backup/age.ts'
import { type Keep, parseKeep } from './backup/keep.ts'
import type { SessionLimits } from './graphql/context.ts'
import { type LedgerPlace, ledgerPlaces } from './ledger/settings.ts'
import type { ErasureSettings } from './modules/erasure/settings.ts'
import { here, type WorkingDays } from './modules/requests/deadline.ts'
import { secretSettings, settings } from './settings.ts'
import { StartError } from './start-error.ts'
import type { BucketSettings } from './storage/s3.ts'

export type Config = {
  host: string
  port: number
  /** Absolute path. */
  data: string
  databaseUrl: string | undefined
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
  mail: { smtpUrl: string; from: string } | undefined
  provider: ProviderConfig | undefined
  country: string
  consent: ConsentSettings
  /** Where and when people work, for deadlines. */
  workingDays: WorkingDays
  webhooks: WebhookSettings
  packages: PackageSettings
  erasure: ErasureSettings
  /** In which hour the databases are scrubbed; undefined: not by the server. */
  scrub: number | undefined
  /** Where files lie; undefined: in a folder of the data folder. */
  bucket: BucketSettings | undefined
  /** Where the erasure ledger is kept. */
  ledger: readonly LedgerPlace[]
  backups: BackupSettings
  keyBackups: KeyBackupSettings
  /** Bytes. */
  maxDocument: number
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

/** How the database is backed up. Times in milliseconds. */
export type BackupSettings = {
  /** Who can open them; undefined: nobody said so yet, and none are made. */
  protection: Protection | undefined
  folder: string
  /** Between two; 0: the server makes none. */
  every: number
  keep: Keep
  /** With the storage's files. */
  files: boolean
}

/** How the key store is backed up. Times in milliseconds. */
export type KeyBackupSettings = Pick<BackupSettings, 'protection' | 'folder' | 'every'> & {
  /** How long they are kept. */
  keptFor: number
  /** How old a master key gets; 0: as old as it likes. */
  masterKeyFor: number
  /** Where a copy of it lies. */
  masterKeyCopy: string | undefined
}

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
  if (env.DATABASE_OWNER_URL && !env.DATABASE_URL) {
    throw new StartError('DATABASE_OWNER_URL goes with DATABASE_URL, the same database as the user who owns nothing.')
  }
  if (env.LETHE_SMTP_URL && !env.LETHE_MAIL_FROM) {
    throw new StartError('LETHE_SMTP_URL needs LETHE_MAIL_FROM, the sender of mails: Lethe <lethe@crm.example>.')
  }
  if (env.LETHE_OIDC_ISSUER && !env.LETHE_OIDC_CLIENT_ID) {
    throw new StartError('LETHE_OIDC_ISSUER needs LETHE_OIDC_CLIENT_ID, what the provider knows this installation as.')
  }
  return {
    host: env.HOST,
    port: env.PORT,
    data: resolve(env.LETHE_DATA),
    databaseUrl: env.DATABASE_URL,
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
    mail:
      env.LETHE_SMTP_URL && env.LETHE_MAIL_FROM
        ? { smtpUrl: env.LETHE_SMTP_URL, from: env.LETHE_MAIL_FROM }
        : undefined,
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
    scrub: env.LETHE_SCRUB,
    webhooks: {
      allowPrivate: env.LETHE_WEBHOOK_PRIVATE,
      giveUpAfter: env.LETHE_WEBHOOK_HOURS * 3_600_000,
      ca: env.LETHE_WEBHOOK_CA,
    },
    bucket: bucketOf(env),
    ledger: ledgerOf(env),
    ...backupsOf(env),
    maxDocument: env.LETHE_MAX_DOCUMENT,
    requestsAtOnce: env.LETHE_REQUESTS_AT_ONCE,
    maxBody: env.LETHE_MAX_BODY,
    timeout: env.LETHE_TIMEOUT,
    grace: env.LETHE_GRACE,
    connections: env.LETHE_CONNECTIONS,
    metricsToken: env.LETHE_METRICS_TOKEN,
    logLevel: env.LETHE_LOG,
    graphiql: env.LETHE_GRAPHIQL,
    warnings,
  }
}

function providerOf(env: z.infer<typeof settings>): ProviderConfig | undefined {
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

function bucketOf(env: z.infer<typeof settings>): BucketSettings | undefined {
  const { LETHE_S3_BUCKET: name, LETHE_S3_PREFIX: prefix } = env
  return name ? { ...bucketAccess(env, 'LETHE_S3_BUCKET'), name, prefix } : undefined
}

/** How buckets are reached. Throws, if the settings don't say that, though this one needs it. */
function bucketAccess(env: z.infer<typeof settings>, setting: string) {
  const { LETHE_S3_ACCESS_KEY: accessKey, LETHE_S3_SECRET_KEY: secretKey } = env
  if (!accessKey || !secretKey) throw new StartError(`${setting} needs LETHE_S3_ACCESS_KEY and LETHE_S3_SECRET_KEY.`)
  return {
    ...{ accessKey, secretKey },
    endpoint: env.LETHE_S3_ENDPOINT,
    region: env.LETHE_S3_REGION,
    ca: env.LETHE_S3_CA,
  }
}

function ledgerOf(env: z.infer<typeof settings>): readonly LedgerPlace[] {
  if (env.LETHE_LEDGER?.trim()) return ledgerPlaces(env.LETHE_LEDGER, () => bucketAccess(env, 'LETHE_LEDGER'))
  const folder = { kind: 'folder', path: dataPath({ data: resolve(env.LETHE_DATA) }, 'ledger') } as const
  const bucket = bucketOf(env)
  return bucket ? [folder, { kind: 'bucket', bucket: { ...bucket, prefix: `${bucket.prefix}ledger/` } }] : [folder]
}

function backupsOf(env: z.infer<typeof settings>): Pick<Config, 'backups' | 'keyBackups'> {
  const hour = 3_600_000
  const data = resolve(env.LETHE_DATA)
  const backups = protectionOf('LETHE_BACKUP', env.LETHE_BACKUP_RECIPIENTS, env.LETHE_BACKUP_PASSPHRASE)
  const keyBackups = protectionOf('LETHE_KEY_BACKUP', env.LETHE_KEY_BACKUP_RECIPIENTS, env.LETHE_KEY_BACKUP_PASSPHRASE)
  if (env.LETHE_MASTER_KEY_DAYS > 0 && !(env.LETHE_MASTER_KEY_COPY && keyBackups)) {
    throw new StartError(
      'LETHE_MASTER_KEY_DAYS needs LETHE_MASTER_KEY_COPY and LETHE_KEY_BACKUP_RECIPIENTS: after a rotation nothing can be read ' +
        'without the new master key, which no backup from before has.',
    )
  }
  if (env.LETHE_BACKUP_RECIPIENTS.some((recipient) => env.LETHE_KEY_BACKUP_RECIPIENTS.includes(recipient))) {
    throw new StartError(
      'LETHE_BACKUP_RECIPIENTS and LETHE_KEY_BACKUP_RECIPIENTS must differ: who can open backups of both can read everything.',
    )
  }
  return {
    backups: {
      protection: backups,
      folder: resolve(env.LETHE_BACKUPS ?? join(data, 'backups')),
      every: env.LETHE_BACKUP_HOURS * hour,
      keep: parseKeep(env.LETHE_BACKUP_KEEP) ?? {},
      files: env.LETHE_BACKUP_FILES,
    },
    keyBackups: {
      protection: keyBackups,
      folder: resolve(env.LETHE_KEY_BACKUPS ?? join(data, 'key-backups')),
      every: env.LETHE_KEY_BACKUP_HOURS * hour,
      keptFor: env.LETHE_KEY_BACKUP_DAYS * 24 * hour,
      masterKeyFor: env.LETHE_MASTER_KEY_DAYS * 24 * hour,
      masterKeyCopy: env.LETHE_MASTER_KEY_COPY && resolve(env.LETHE_MASTER_KEY_COPY),
    },
  }
}

function protectionOf(setting: string, recipients: readonly string[], passphrase: string | undefined) {
  if (recipients.length > 0 && passphrase !== undefined) {
    throw new StartError(`Set either ${setting}_RECIPIENTS or ${setting}_PASSPHRASE, not both.`)
  }
  if (passphrase !== undefined) return { passphrase }
  if (recipients.length === 0) return undefined
  return { recipients }
}

/** With the contents of the files that `NAME_FILE` names, for those who keep secrets out of the environment. */
function withFiles(environment: NodeJS.ProcessEnv): { given: NodeJS.ProcessEnv; warnings: string[] } {
  const given = { ...environment }
  const warnings: string[] = []
  for (const name of Object.keys(settings.shape)) {
    const path = environment[`${name}_FILE`]
    if (path === undefined) continue
    if (environment[name] !== undefined) throw new StartError(`Set either ${name} or ${name}_FILE, not both.`)
    const { text, mode } = readSetting(name, path)
    given[name] = text.trim()
    if (!secretSettings.includes(name)) continue
    // Docker and Kubernetes lay secrets down for everybody in the container to read, where often nobody else is.
    if ((mode & 0o002) !== 0) {
      throw new StartError(`Everybody can write the file that ${name}_FILE names. Close it: chmod o-rw ${path}`)
    }
    if ((mode & 0o004) !== 0) {
      warnings.push(
        `Everybody on this machine can read the secret in the file that ${name}_FILE names: chmod o-r ${path}`,
      )
    }
  }
  return { given, warnings }
}

/** What a file says, and its mode: none on Windows, where the folder's permissions protect it. */
function readSetting(name: string, path: string): { text: string; mode: number } {
  try {
    const file = openSync(path, 'r')
    try {
      return { text: readFileSync(file, 'utf8'), mode: process.platform === 'win32' ? 0 : fstatSync(file).mode }
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    throw new StartError(`The file that ${name}_FILE names can't be read: ${path}.`, { cause })
  }
}

/** Where something is kept in the data folder. */
export const dataPath = (config: Pick<Config, 'data'>, ...names: string[]): string => join(config.data, ...names)
