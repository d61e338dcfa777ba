import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type App, createApp } from '../../src/app.ts'
import { type Config, dataPath, readConfig } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/database/client.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { loadCertificate } from '../../src/http/certificate.ts'
import { listen } from '../../src/http/server.ts'
import { openKeys } from '../../src/keys/keys.ts'
import { masterKeySource } from '../../src/keys/master-key-source.ts'
import { bringUp } from '../../src/ledger/bring-up.ts'
import { openLedger } from '../../src/ledger/ledger.ts'
import { createLog } from '../../src/log.ts'
import { auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { startSequencer } from '../../src/modules/audit/sequencer/sequencer.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { beginningOf } from '../../src/modules/hooks.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'
import { modules as productModules } from '../../src/modules/index.ts'
import type { Module } from '../../src/modules/module.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import { openStorage } from '../../src/storage/storage.ts'
import { begunDatabase, freshDatabase } from './database.ts'
import { databaseEnvironment } from './environment.ts'
import { installation } from './installation.ts'

/** The administrator of every test app. */
export const admin = { email: 'ada@example.org', password: 'correct horse battery staple' }

export type TestApp = {
  app: App
  /** `https://localhost:…` */
  url: string
  database: Database
  config: Config
  /** The certificate to trust, as PEM. */
  ca: string
  /** For domain functions, called past GraphQL; needs a `requestId`. */
  work: Omit<WorkContext, 'requestId'>
  /** What was logged, oldest first. */
  logged: Record<string, unknown>[]
  /** Sends an operation as the caller with this bearer token, without a network in between. */
  graphql: (query: string, variables?: object, token?: string) => Promise<GraphqlAnswer>
  /** A bearer token of the administrator. */
  signIn: () => Promise<string>
  close: () => Promise<void>
}

/** Read by tests as they need; what isn't there fails the expectation. */
// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type GraphqlAnswer = { status: number; headers: Headers; data?: any; errors?: any[] }

/** A whole app on a database and a port of its own, with one administrator. */
export async function startTestApp(
  options: { modules?: readonly Module[]; config?: Partial<Config>; databaseUrl?: string } = {},
): Promise<TestApp> {
  const data = await mkdtemp(join(tmpdir(), 'lethe-app-'))
  const modules = options.modules ?? productModules
  const databaseUrl = options.databaseUrl ?? (await beginDatabase(modules))
  const environment = { PORT: '0', LETHE_DATA: data, ...databaseEnvironment(databaseUrl), LETHE_GRACE: '2000' }
  const config: Config = { ...readConfig(environment), ...options.config }
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: config.logLevel, base: null }, { write: (line: string) => logged.push(JSON.parse(line)) })

  const database = openDatabase(config.databaseUrl ?? databaseUrl, {
    connections: config.connections,
    statementTimeout: config.timeout,
  })
  const { country } = config
  const system = { kind: 'system', id: null } as const
  const secrets = createSecrets(await installationSecret(config))
  const keys = await openKeys({ url: config.keystoreUrl ?? '', masterKeys: masterKeySource(config), log })
  const signer = await auditSigner(config)
  const ledger = openLedger(config, signer, log)
  const work: TestApp['work'] = {
    database,
    audited: auditedModels(modules),
    actor: system,
    log,
    country,
    secrets,
    keys,
    ledger,
    storage: openStorage(config),
    publicUrl: 'https://lethe.test',
    mail: false,
  }
  await beginLedger(work, databaseUrl)
  const notifications = await listenToDatabase(databaseUrl, log)
  const sequencer = await startSequencer({
    url: databaseUrl,
    signer,
    folder: dataPath(config, 'audit'),
    log,
    notifications,
    keys,
  })
  const app = createApp({ config, database, log, secrets, keys, ledger, sequencer, notifications, modules })
  certificates ??= makeCertificates()
  await cp(await certificates, dataPath(config, 'tls'), { recursive: true })
  const server = await listen(app, config, log)
  app.listensAt(server)
  let released: Promise<void> | undefined
  const release = async () => {
    await sequencer.close()
    await notifications.close()
    await ledger.close()
    await keys.close()
    await database.$disconnect()
    await rm(data, { recursive: true, force: true })
  }
  const graphql = async (query: string, variables?: object, token?: string) => {
    const body = JSON.stringify({ query, variables })
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)), // As clients say it: known operations are answered straight then.
      ...(token && { authorization: `Bearer ${token}` }),
    }
    const response = await app.fetch(new Request(`${server.url}/graphql`, { method: 'POST', headers, body }))
    return { status: response.status, headers: response.headers, ...(await response.json()) }
  }
  return {
    app,
    url: server.url,
    database,
    config,
    ca: server.certificate.cert,
    work,
    logged,
    graphql,
    signIn: async () => {
      const mutation =
        'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
      const { data } = await graphql(mutation, admin)
      return data.signIn.token
    },
    close: async () => {
      app.close()
      await server.close()
      await app.finish()
      released ??= release()
      await released
    },
  }
}

/** On the database itself, though the app's may be away. */
async function beginLedger(work: TestApp['work'], url: string) {
  const database = openDatabase(url, { connections: 2, statementTimeout: 30_000 })
  await bringUp({ ...work, database, requestId: randomUUID() })
  await database.$disconnect()
}

/** A database of its own, with the built-in roles and the administrator. */
/** A database with one administrator, that `startTestApp` starts on. */
export async function beginDatabase(modules: readonly Module[]): Promise<string> {
  const begin = async (url: string) => {
    const database = openDatabase(url, { connections: 4, statementTimeout: 30_000 })
    const log = createLog('silent', false)
    const system = { kind: 'system', id: null } as const
    const work = { database, audited: auditedModels(modules), actor: system, requestId: randomUUID(), log }
    await bootstrapIdentity({ ...work, ...installation }, admin, beginningOf(modules))
    await database.$disconnect()
  }
  if (modules === productModules) return begunDatabase('begun', begin)
  const url = await freshDatabase()
  await begin(url)
  return url
}

let certificates: Promise<string> | undefined

/** A folder with a certificate for this machine; one does for all apps. */
async function makeCertificates() {
  const data = await mkdtemp(join(tmpdir(), 'lethe-tls-'))
  await loadCertificate({ data, host: 'localhost', tls: undefined })
  return join(data, 'tls')
}
