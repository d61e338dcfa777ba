import { join } from 'node:path'
import { z } from 'zod'
import { parseKeep } from './backup/keep.ts'
import { isLedger } from './ledger/settings.ts'
import {
  areRecipients,
  databaseUrl,
  flag,
  httpUrl,
  isDatabaseUrl,
  isHoliday,
  isLocalUrl,
  isNetwork,
  isOrigin,
  isSecureOrigin,
  isSecureUrl,
  isTimeZone,
  lines,
  list,
  notRecipients,
  optional,
  whole,
} from './setting-values.ts'

/** Every setting there is. Unset and empty mean the default. */
export const settings = z.object({
  /** The address to listen on. */
  HOST: z.string().default('localhost'),
  /** The port of HTTPS. 0 takes any free one. */
  PORT: whole.min(0).max(65_535).default(4000),
  /** The folder of everything that is kept: database, certificate, secret. Default: `data` beside `src`. */
  LETHE_DATA: z.string().default(join(import.meta.dirname, '..', 'data')),
  /** A PostgreSQL 15 or newer to use instead of the embedded one: `postgresql://user:password@host:5432/lethe`. Its user owns nothing (see the README). */
  DATABASE_URL: databaseUrl.optional(),
  /** The same database as the same user, past a pooler of connections (PgBouncer in transaction mode) that DATABASE_URL leads to. Default: there is none. */
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  /** Copies that follow it (hot standby), as the same user, separated by blanks: for what may be some seconds old. Default: none. */
  DATABASE_REPLICA_URLS: z
    .string()
    .transform((text) => text.split(/\s+/).filter(Boolean))
    .refine((urls) => urls.every(isDatabaseUrl), 'must be addresses such as postgresql://user:password@host:5432/lethe')
    .default([]),
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
  /** An RSA key of 2048 bits or more, as PEM, that mails are signed with (DKIM); mostly as LETHE_DKIM_KEY_FILE. Without it, none is signed here. */
  LETHE_DKIM_KEY: lines.optional(),
  /** The name under which its public part is in the DNS: `lethe` for `lethe._domainkey.crm.example`. */
  LETHE_DKIM_SELECTOR: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i, 'must be a name such as lethe')
    .default('lethe'),
  /** The domain that signs: that of the sender, or one above it. Default: that of the sender. */
  LETHE_DKIM_DOMAIN: optional.optional(),
  /** Bytes that a mail may have with what is attached, as it goes over the wire; Postfix takes 10,240,000 unless told otherwise. */
  LETHE_MAX_MAIL: whole.min(100_000).max(200_000_000).default(10_000_000),
  /** Where mails that can't be delivered go back to, `bounces@crm.example`: its `bounces+…@crm.example` have to arrive at `POST /bounces`. Default: nobody hears of them. */
  LETHE_BOUNCE_ADDRESS: z
    .string()
    .regex(
      /^[a-z0-9._-]{1,11}@[^\s@<>]+$/i,
      'must look like bounces@crm.example, with at most 11 characters before the @',
    )
    .optional(),
  /** What hands them on presents it as a bearer token; at least 32 characters. */
  LETHE_BOUNCE_TOKEN: z
    .string()
    .regex(/^\S{32,}$/, 'needs at least 32 characters, and no blanks')
    .optional(),
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
  /** Who processes the data, for reports: name and contact details (Art. 30(1)(a) GDPR). Line breaks may be written as `\\n`. */
  LETHE_CONTROLLER: lines.optional(),
  /** The data-protection officer, the same way. */
  LETHE_DPO: lines.optional(),
  /** Where the data is kept, for consent records: `Rechenzentrum Falkenstein, DE`, one a line. */
  LETHE_STORAGE_LOCATIONS: lines.optional(),
  /** Whose law it is kept under, for consent records: `DE`. */
  LETHE_JURISDICTION: optional.optional(),
  /** Days that a request for consent can be confirmed; what nobody confirms is forgotten then. */
  LETHE_CONSENT_DAYS: whole.min(1).max(90).default(7),
  /** Mails that one person gets at once because somebody typed their address; then one every two hours. */
  LETHE_CONSENT_MAILS: whole.min(1).max(100).default(5),
  /** Calls about consent a second, of one publishable key and of one origin; for a minute's worth at once. */
  LETHE_CONSENT_PAGE_RATE: z.coerce.number().min(0.01).max(10_000).default(10),
  /** The same of one client's servers; for half a minute's worth at once. */
  LETHE_CONSENT_SERVER_RATE: z.coerce.number().min(0.01).max(10_000).default(100),
  /** Calls about consent a minute, of one address (IPv6: /64) by pages and tokens; for ten minutes' worth at once. */
  LETHE_CONSENT_ADDRESS_RATE: z.coerce.number().min(0.1).max(100_000).default(6),
  /** The supervisory authority that persons can complain to (Art. 77 GDPR), with its address, the same way. */
  LETHE_AUTHORITY: lines.optional(),
  /** Which decisions are made by machines alone, by which logic and with what effect (Art. 15(1)(h) GDPR), the same way. */
  LETHE_AUTOMATED_DECISIONS: lines.optional(),
  /** A logo for reports to persons: the path of a PNG, JPEG or SVG. */
  LETHE_LOGO: optional.optional(),
  /** Days that the file of an access package is kept once it is made, and once it is delivered. */
  LETHE_PACKAGE_DAYS: whole.min(1).max(365).default(30),
  LETHE_PACKAGE_DAYS_DELIVERED: whole.min(1).max(365).default(7),
  /** How many users have to approve an erasure that somebody else asked for: 1 for four eyes. 0: it is approved as it is asked for. */
  LETHE_ERASURE_APPROVALS: whole.min(0).max(5).default(0),
  /** From how many persons on a number may be shown in statistics; what is shown is well above it. */
  LETHE_STATISTICS_THRESHOLD: whole.min(3).max(1000).default(5),
  /** In which hour of the night (0 to 23, local time) the databases are written anew, after something was erased, so that nothing of it is left in their files; `off`: never (then call `lethe scrub`). */
  LETHE_SCRUB: z
    .string()
    .regex(/^(off|[01]?\d|2[0-3])$/, 'must be an hour of the day, or off')
    .default('3')
    .transform((value) => (value === 'off' ? undefined : Number(value))),
  /** The country whose phone numbers may be written without a prefix, ISO 3166-1 alpha-2. */
  LETHE_COUNTRY: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be two capital letters, such as DE')
    .default('DE'),
  /** The time zone of deadlines, as the IANA database calls it: `Europe/Berlin`. Default: the server's own. */
  LETHE_TIME_ZONE: z.string().refine(isTimeZone, 'must be a time zone such as Europe/Berlin').optional(),
  /** Days on which nobody works, besides Saturdays and Sundays: `01-01` each year, or `2027-03-26`. What would be due then is due on the next working day. */
  LETHE_HOLIDAYS: list
    .refine((days) => days.every(isHoliday), 'must be days such as 12-25 or 2027-03-26, separated by commas')
    .default([]),
  /** Whether webhooks may be on this machine or in a private network; else their addresses have to be public ones. */
  LETHE_WEBHOOK_PRIVATE: flag.default(false),
  /** Hours after which what couldn't be delivered to a webhook is given up, and waits for somebody to look at it. */
  LETHE_WEBHOOK_HOURS: whole.min(1).max(720).default(72),
  /** A certificate authority that webhooks may be of besides the usual ones, as PEM; mostly as LETHE_WEBHOOK_CA_FILE. */
  LETHE_WEBHOOK_CA: optional.optional(),
  /** The bucket of S3, or of a server that speaks its protocol, where files lie. Default: the folder `storage` in LETHE_DATA. */
  LETHE_S3_BUCKET: optional.optional(),
  /** Where it is, for all but Amazon: `https://s3.example`; plain HTTP on this machine alone. */
  LETHE_S3_ENDPOINT: z
    .string()
    .refine((text) => isSecureUrl(text) || isLocalUrl(text), 'must be an https URL such as https://s3.example')
    .optional(),
  LETHE_S3_REGION: z.string().default('us-east-1'),
  /** What its keys begin with, where the bucket is shared with others: `lethe/`. */
  LETHE_S3_PREFIX: z
    .string()
    .regex(/^([\w.-]+\/)*$/, 'must be empty or end in a slash, such as lethe/')
    .default(''),
  LETHE_S3_ACCESS_KEY: optional.optional(),
  LETHE_S3_SECRET_KEY: optional.optional(),
  /** The certificate authority of the endpoint, if it isn't one of the usual ones, as PEM; mostly as LETHE_S3_CA_FILE. */
  LETHE_S3_CA: optional.optional(),
  /** Where the erasure ledger is kept, best where no backup of the database reaches: a folder, `s3://bucket/prefix` (reached as LETHE_S3_… say), or `postgresql://…` on a second host; several, with blanks between, hold the same. The same for every process. Default: the folder `ledger` in LETHE_DATA, and besides the bucket, if files lie in one, or else a folder of this user on this machine (XDG_STATE_HOME). */
  LETHE_LEDGER: z
    .string()
    .refine(isLedger, 'must be a folder, s3://bucket/prefix or postgresql://…, or several with blanks between')
    .optional(),
  /** Who can open backups: recipients of age, `age1…`, separated by blanks (`lethe backup-key FILE` makes one). */
  LETHE_BACKUP_RECIPIENTS: list.refine(areRecipients, notRecipients).default([]),
  /** Instead, a passphrase that opens them; at least 20 characters. */
  LETHE_BACKUP_PASSPHRASE: z.string().min(20, 'needs at least 20 characters').optional(),
  /** The folder that backups are written to, best one of another machine. Default: `backups` in LETHE_DATA. */
  LETHE_BACKUPS: optional.optional(),
  /** Hours between two backups that the server makes once it knows for whom; 0: it makes none. */
  LETHE_BACKUP_HOURS: z.coerce.number().min(0).max(8760).default(24),
  /** How many of them are kept: the last of each of so many days, weeks and months. */
  LETHE_BACKUP_KEEP: z
    .string()
    .refine((text) => parseKeep(text) !== undefined, 'must look like: 7 daily, 4 weekly, 6 monthly')
    .default('7 daily, 4 weekly, 6 monthly'),
  /** Whether documents and other files are in them; not needed where the bucket has a backup of its own. */
  LETHE_BACKUP_FILES: flag.default(true),
  /** The same for backups of the key store: somebody else should be able to open them, and they lie elsewhere. Default: `key-backups` in LETHE_DATA. */
  LETHE_KEY_BACKUP_RECIPIENTS: list.refine(areRecipients, notRecipients).default([]),
  LETHE_KEY_BACKUP_PASSPHRASE: z.string().min(20, 'needs at least 20 characters').optional(),
  LETHE_KEY_BACKUPS: optional.optional(),
  LETHE_KEY_BACKUP_HOURS: z.coerce.number().min(0).max(8760).default(24),
  /** Days that they are kept: until then they may bring back what was erased, for whoever has the master key of then, too. */
  LETHE_KEY_BACKUP_DAYS: whole.min(1).max(90).default(7),
  /** Days after which the server rotates a master key that lies in its file, so that earlier backups of the key store open nothing; 0: never. */
  LETHE_MASTER_KEY_DAYS: z.coerce.number().min(0).max(3650).default(0),
  /** A file to keep a copy of the master key in, for LETHE_KEY_BACKUP_RECIPIENTS; replaced at each rotation, before the new key is used. On another machine. */
  LETHE_MASTER_KEY_COPY: optional.optional(),
  /** Bytes that a document may have. */
  LETHE_MAX_DOCUMENT: whole.min(1024).default(100 * 1024 * 1024),
  /** How many requests of persons a partner may hand on at once; in 100 minutes as many again. */
  LETHE_REQUESTS_AT_ONCE: whole.min(1).max(1_000_000).default(100),
  /** Bytes that one request may have, unless it brings a document. */
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
  /** Where spans of OpenTelemetry are sent, by OTLP over HTTP: `https://collector.example:4318`. Without it, or the next one, none are made. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  /** The same to the end of the path; it goes before. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  /** Headers to send along, such as a key: `authorization=Bearer%20…`, separated by commas. */
  OTEL_EXPORTER_OTLP_HEADERS: optional.optional(),
  OTEL_SERVICE_NAME: z.string().default('lethe'),
  /** Which of them, and, for those by `traceidratio`, which part: `0.1`. */
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_SDK_DISABLED: flag.default(false),
  /** `fatal`, `error`, `warn`, `info`, `debug` or `trace`. */
  LETHE_LOG: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Whether GraphiQL is offered. */
  LETHE_GRAPHIQL: flag.default(true),
})

/** Those that others must not read. */
export const secretSettings: readonly string[] = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_OWNER_URL',
  'DATABASE_REPLICA_URLS',
  'KEYSTORE_URL',
  'LETHE_ADMIN_PASSWORD',
  'LETHE_SECRET',
  'LETHE_MASTER_KEY',
  'LETHE_MASTER_KEY_COMMAND',
  'LETHE_AUDIT_KEY',
  'LETHE_BACKUP_PASSPHRASE',
  'LETHE_KEY_BACKUP_PASSPHRASE',
  'LETHE_SMTP_URL',
  'LETHE_DKIM_KEY',
  'LETHE_BOUNCE_TOKEN',
  'LETHE_OIDC_CLIENT_SECRET',
  'LETHE_METRICS_TOKEN',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'LETHE_LEDGER',
  'LETHE_S3_ACCESS_KEY',
  'LETHE_S3_SECRET_KEY',
] satisfies (keyof typeof settings.shape)[]

/** What they say, once they are checked. */
export type Environment = z.infer<typeof settings>
