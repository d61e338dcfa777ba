import { join, resolve } from 'node:path'
import { z } from 'zod'
import { StartError } from './start-error.ts'

const whole = z.coerce.number('must be a whole number').int('must be a whole number')
const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((value) => value === 'true' || value === '1')
const list = z.string().transform((value) => value.split(/[\s,]+/).filter(Boolean))
const isOrigin = (text: string) => URL.parse(text)?.origin === text
const optional = z.string().transform((value) => value || undefined)

/** Every setting there is. Unset and empty mean the default. */
const settings = z.object({
  /** The address to listen on. */
  HOST: z.string().default('localhost'),
  /** The port of HTTPS. 0 takes any free one. */
  PORT: whole.min(0).max(65_535).default(4000),
  /** The folder of everything that is kept: database, certificate, secret. Default: `data` beside `src`. */
  LETHE_DATA: z.string().default(join(import.meta.dirname, '..', 'data')),
  /** A PostgreSQL 15 or newer to use instead of the embedded one: `postgresql://user:password@host:5432/lethe`. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must look like postgresql://user:password@host:5432/database')
    .optional(),
  /** The first administrator, made when there is no user yet. */
  LETHE_ADMIN_EMAIL: z.string().default('admin@localhost'),
  /** Their password; without it one is generated and shown once. */
  LETHE_ADMIN_PASSWORD: optional.optional(),
  /** At least 32 characters that sign sessions; set the same on every process of one installation. Default: made, kept in LETHE_DATA. */
  LETHE_SECRET: z.string().min(32, 'needs at least 32 characters').optional(),
  /** PEM files of a certificate and its key. Default: a self-signed one for this host, kept in LETHE_DATA. */
  LETHE_TLS_CERT: optional.optional(),
  LETHE_TLS_KEY: optional.optional(),
  /** Web origins that may call from a browser, separated by commas: `https://crm.example`. */
  LETHE_CORS_ORIGINS: list
    .refine((origins) => origins.every(isOrigin), 'must be origins such as https://crm.example, separated by commas')
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
  admin: { email: string; password: string | undefined }
  secret: string | undefined
  tls: { certificate: string; key: string } | undefined
  corsOrigins: readonly string[]
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

/** Reads the settings from the environment. Throws a StartError that names every wrong one. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const { data: env, error } = settings.safeParse(given)
  if (error) {
    const faults = error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`)
    throw new StartError(`These settings are not usable:\n${faults.join('\n')}`)
  }
  if (Boolean(env.LETHE_TLS_CERT) !== Boolean(env.LETHE_TLS_KEY)) {
    throw new StartError('Set both LETHE_TLS_CERT and LETHE_TLS_KEY, or neither.')
  }
  return {
    host: env.HOST,
    port: env.PORT,
    data: resolve(env.LETHE_DATA),
    databaseUrl: env.DATABASE_URL,
    admin: { email: env.LETHE_ADMIN_EMAIL, password: env.LETHE_ADMIN_PASSWORD },
    secret: env.LETHE_SECRET,
    tls:
      env.LETHE_TLS_CERT && env.LETHE_TLS_KEY ? { certificate: env.LETHE_TLS_CERT, key: env.LETHE_TLS_KEY } : undefined,
    corsOrigins: env.LETHE_CORS_ORIGINS,
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

/** Where something is kept in the data folder. */
export const dataPath = (config: Pick<Config, 'data'>, ...names: string[]): string => join(config.data, ...names)
