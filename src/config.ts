import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { SessionLimits } from './graphql/context.ts'
import { StartError } from './start-error.ts'

const whole = z.coerce.number('must be a whole number').int('must be a whole number')
const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((value) => value === 'true' || value === '1')
const list = z.string().transform((value) => value.split(/[\s,]+/).filter(Boolean))
const isOrigin = (text: string) => URL.parse(text)?.origin === text
const isSecureOrigin = (text: string) => isOrigin(text) && text.startsWith('https://')
const isNetwork = (text: string) => {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  return (
    version > 0 &&
    more.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  )
}
const databaseUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must look like postgresql://user:password@host:5432/database')
const optional = z.string().transform((value) => value || undefined)

/** Every setting there is. Unset and empty mean the default. */
const settings = z.object({
  /** The address to listen on. */
  HOST: z.string().default('localhost'),
  /** The port of HTTPS. 0 takes any free one. */
  PORT: whole.min(0).max(65_535).default(4000),
  /** The folder of everything that is kept: database, certificate, secret. Default: `data` beside `src`. */
  LETHE_DATA: z.string().default(join(import.meta.dirname, '..', 'data')),
  /** A PostgreSQL 15 or newer to use instead of the embedded one: `postgresql://user:password@host:5432/lethe`. Its user owns nothing (see the README). */
  DATABASE_URL: databaseUrl.optional(),
  /** The same database as the user who owns it; needed only when it is to be brought up to a new version. */
  DATABASE_OWNER_URL: databaseUrl.optional(),
  /** The database of the key store, as the user who owns it; never the same one. Default: a second one of the embedded server. */
  KEYSTORE_URL: databaseUrl.optional(),
  /** The first administrator, made when there is no user yet. */
  LETHE_ADMIN_EMAIL: z.string().default('admin@localhost'),
  /** Their password; without it one is generated and shown once. */
  LETHE_ADMIN_PASSWORD: optional.optional(),
  /** At least 32 characters that sign sessions; set the same on every process of one installation. Default: made, kept in LETHE_DATA. */
  LETHE_SECRET: z.string().min(32, 'needs at least 32 characters').optional(),
  /** The master key, which wraps the keys of contacts: 32 bytes as base64 or hex; after it those before it, while it is rotated. Default: made, kept in LETHE_DATA. */
  LETHE_MASTER_KEY: optional.optional(),
  /** A command that prints it instead, for a KMS or an HSM. */
  LETHE_MASTER_KEY_COMMAND: optional.optional(),
  /** The key that signs checkpoints of the audit log, `PRIVATE+KEY+…`; the same on every process of one installation. Default: made, kept in LETHE_DATA. */
  LETHE_AUDIT_KEY: optional.optional(),
  /** What the audit log is called in its checkpoints, a name like crm.example/audit. Default: made with the key. */
  LETHE_AUDIT_ORIGIN: z
    .string()
    .regex(/^[^\s+]+$/, 'must be a name without blanks and plus signs, such as crm.example/audit')
    .optional(),
  /** PEM files of a certificate and its key. Default: a self-signed one for this host, kept in LETHE_DATA. */
  LETHE_TLS_CERT: optional.optional(),
  LETHE_TLS_KEY: optional.optional(),
  /** Web origins that may call from a browser, separated by commas: `https://crm.example`. */
  LETHE_CORS_ORIGINS: list
    .refine((origins) => origins.every(isOrigin), 'must be origins such as https://crm.example, separated by commas')
    .default([]),
  /** Where people reach the product, for links in mails, passkeys and sign-in elsewhere. Default: HTTPS on HOST and PORT. */
  LETHE_URL: z.string().refine(isSecureOrigin, 'must be an origin such as https://crm.example').optional(),
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed: `10.0.0.1, 10.1.0.0/16`. */
  LETHE_TRUSTED_PROXIES: list
    .refine((networks) => networks.every(isNetwork), 'must be addresses or networks such as 10.1.0.0/16')
    .default([]),
  /** Hours that a sign-in lasts at most. */
  LETHE_SESSION_HOURS: z.coerce.number().min(0.01).max(720).default(12),
  /** Minutes without a request after which it ends. */
  LETHE_IDLE_MINUTES: z.coerce.number().min(0.1).max(43_200).default(60),
  /** The mail server: `smtps://user:password@mail.example`, or `smtp://…:587` (STARTTLS). Without one, no mails are sent. */
  LETHE_SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\/[^/]/, 'must look like smtps://user:password@mail.example')
    .optional(),
  /** The sender of mails: `Lethe <lethe@crm.example>`. */
  LETHE_MAIL_FROM: optional.optional(),
  /** An OpenID provider to sign in with, by its issuer URL: to the letter as the provider writes it. */
  LETHE_OIDC_ISSUER: z.url({ protocol: /^https$/, error: 'must be the https URL of an issuer' }).optional(),
  /** What the provider knows us as. */
  LETHE_OIDC_CLIENT_ID: optional.optional(),
  /** The secret for that; none for a public client. */
  LETHE_OIDC_CLIENT_SECRET: optional.optional(),
  /** What people call the provider: `Sign in with …`. */
  LETHE_OIDC_NAME: z.string().default('OpenID'),
  /** The audience of the provider's access tokens (RFC 9068) that SPA clients send here, their only one. Without it, they are refused. */
  LETHE_OIDC_AUDIENCE: optional.optional(),
  /** The claim that says what somebody may do, and which of our roles its values mean: `crm-admins=administrator, crm=editor`. */
  LETHE_OIDC_ROLES_CLAIM: z.string().default('groups'),
  LETHE_OIDC_ROLES: list
    .refine(
      (pairs) => pairs.every((pair) => /^[^=]+=[^=]+$/.test(pair)),
      'must be pairs such as crm-admins=administrator',
    )
    .default([]),
  /** The country whose phone numbers may be written without a prefix, ISO 3166-1 alpha-2. */
  LETHE_COUNTRY: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be two capital letters, such as DE')
    .default('DE'),
  /** Bytes that one request may have. */
  LETHE_MAX_BODY: z.coerce
    .number()
    .int()
    .min(1024)
    .default(4 * 1024 * 1024),
  /** Milliseconds after which a request and its statements are cut off. */
  LETHE_TIMEOUT: whole.min(100).default(30_000),
  /** Milliseconds that running requests get to finish after SIGTERM. */
  LETHE_GRACE: whole.min(0).default(20_000),
  /** Connections to PostgreSQL. */
  LETHE_CONNECTIONS: whole.min(2).max(500).default(10),
  /** What reads /metrics has to present as a bearer token. Without one, only this machine may read it. */
  LETHE_METRICS_TOKEN: optional.optional(),
  /** `fatal`, `error`, `warn`, `info`, `debug` or `trace`. */
  LETHE_LOG: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Whether GraphiQL is offered. */
  LETHE_GRAPHIQL: flag.default(true),
})

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
  /** Bytes. */
  maxBody: number
  /** Milliseconds. */
  timeout: number
  /** Milliseconds. */
  grace: number
  connections: number
  metricsToken: string | undefined
  logLevel: string
  graphiql: boolean
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
  const given = withFiles(Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')))
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
    maxBody: env.LETHE_MAX_BODY,
    timeout: env.LETHE_TIMEOUT,
    grace: env.LETHE_GRACE,
    connections: env.LETHE_CONNECTIONS,
    metricsToken: env.LETHE_METRICS_TOKEN,
    logLevel: env.LETHE_LOG,
    graphiql: env.LETHE_GRAPHIQL,
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

/** With the contents of the files that `NAME_FILE` names, for those who keep secrets out of the environment. */
function withFiles(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read = { ...given }
  for (const name of Object.keys(settings.shape)) {
    const path = given[`${name}_FILE`]
    if (path === undefined) continue
    if (given[name] !== undefined) throw new StartError(`Set either ${name} or ${name}_FILE, not both.`)
    try {
      read[name] = readFileSync(path, 'utf8').trim()
    } catch (cause) {
      throw new StartError(`The file that ${name}_FILE names can't be read: ${path}.`, { cause })
    }
  }
  return read
}

/** Where something is kept in the data folder. */
export const dataPath = (config: Pick<Config, 'data'>, ...names: string[]): string => join(config.data, ...names)
