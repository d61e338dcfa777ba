import { randomBytes, randomUUID } from 'node:crypto'
import { type Database, openDatabase } from '../../src/database/client.ts'
import type { Context } from '../../src/graphql/context.ts'
import { runText } from '../../src/graphql/execute/run-text.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { createLog } from '../../src/log.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { identity } from '../../src/modules/identity/index.ts'
import { type Credentials, createAuthenticator } from '../../src/modules/identity/sign-in/authenticate.ts'
import { createSecrets, type Secrets } from '../../src/secrets.ts'
import { freshDatabase } from '../support/database.ts'
import { installation } from '../support/installation.ts'
import { sharedKeys } from '../support/keys.ts'

export const password = 'correct horse battery staple'
export const admin = { email: 'boss@example.org', password }

const audited = auditedModels([identity])
const log = createLog('silent', false)
const schema = buildSchema([identity])

export type Installation = Awaited<ReturnType<typeof install>>

/** Who calls, and from where. `device` is the value of the device cookie. */
export type From = Partial<Credentials> & { address?: string; device?: string | undefined; userAgent?: string }

/** An installation with built-in roles and one administrator, and with a clock for the memory of sessions. */
export async function install(options: { bootstrap?: boolean } = {}) {
  const url = await freshDatabase()
  const database = openDatabase(url, { connections: 8, statementTimeout: 30_000 })
  const secrets = createSecrets(randomBytes(32))
  const sessionKey = secrets.signingKey('session')
  const time = { now: 0 }
  const authenticate = createAuthenticator({ database, sessionKey, sessions, clock: () => time.now })
  const system = systemContext(database, secrets)
  if (options.bootstrap !== false) await bootstrapIdentity(system, admin)

  /** Runs a document as whoever the credentials say; `cookies` and `devices` are the cookies that it set. */
  async function run(source: string, variables: Record<string, unknown> = {}, from: From = {}) {
    const { address = '192.0.2.7', device, userAgent = '', ...credentials } = from
    const cookies: (string | null)[] = []
    const devices: string[] = []
    const contextValue: Context = {
      ...system,
      requestId: randomUUID(),
      ...(await authenticate({ cookie: undefined, bearer: undefined, ...credentials })),
      address,
      setSessionCookie: (token) => cookies.push(token),
      deviceCookie: device,
      setDeviceCookie: (value) => devices.push(value),
      userAgent,
      sessions,
      loaders: {},
    }
    const { data, errors } = await runText({ schema, source, variableValues: variables, contextValue })
    return {
      data: plain(data),
      errors: errors ?? [],
      codes: errors?.map((error) => error.extensions['code']) ?? [],
      cookies,
      devices,
    }
  }

  async function signIn(email = admin.email, secret = password, from: From = {}) {
    const result = await run(signInMutation, { email, password: secret }, from)
    const payload = result.data?.['signIn']
    return {
      ...result,
      payload,
      bearer: String(payload?.token),
      cookie: result.cookies[0] ?? undefined,
      device: result.devices[0],
    }
  }

  /** Somebody with the usual password and no roles. */
  async function newUser() {
    const email = `${randomUUID()}@example.org`
    const { id } = await addUser(system, { email, name: 'Jo Example', password, roles: [] })
    return { id, email }
  }

  const close = () => database.$disconnect()
  return { url, database, sessionKey, time, authenticate, system, run, signIn, newUser, close }
}

const signInMutation = `mutation ($email: String!, $password: String!) {
  signIn(email: $email, password: $password) {
    token expiresAt refreshToken sessionExpiresAt device user { id email } challenge { token expiresAt factors passkeyOptions }
  }
}`

const sessions = { lifetime: 12 * 3_600_000, idle: 3_600_000 }

function systemContext(database: Database, secrets: Secrets) {
  const actor = { kind: 'system', id: null } as const
  return {
    database,
    audited,
    actor,
    requestId: randomUUID(),
    log,
    country: 'DE',
    secrets,
    keys: sharedKeys,
    storage: installation.storage,
    ledger: installation.ledger,
    publicUrl: 'https://lethe.test',
    mail: false,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
const plain = (data: unknown): Record<string, any> | null => JSON.parse(JSON.stringify(data ?? null))
