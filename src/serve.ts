import { randomUUID } from 'node:crypto'
import { type App, createApp, type Role } from './app.ts'
import { closeAll } from './close-all.ts'
import { type Config, dataPath } from './config.ts'
import { type Claim, claimDataFolder } from './data-folder.ts'
import { listenToDatabase, type Notifications } from './database/listen.ts'
import { withTransportSecurity } from './database/reach.ts'
import { openReplicas } from './database/replicas.ts'
import type { WorkContext } from './graphql/context.ts'
import { loadCertificate } from './http/certificate.ts'
import type { Measured } from './http/metrics.ts'
import { listen } from './http/server.ts'
import { type Installation, openInstallation, workIn } from './installation.ts'
import type { Logger } from './log.ts'
import { startSequencer } from './modules/audit/sequencer/sequencer.ts'
import { beginningOf } from './modules/hooks.ts'
import { type Bootstrapped, bootstrapIdentity } from './modules/identity/access/bootstrap.ts'
import { warnOfUnknownRoles } from './modules/identity/provider/roles.ts'
import { modules } from './modules/index.ts'
import { warnOfGuardFaults } from './modules/security/guards.ts'
import { superviseProcesses } from './processes/supervise.ts'
import type { Supervised } from './processes/supervised.ts'
import { StartError } from './start-error.ts'
import { startTracing } from './telemetry/tracing.ts'
import { startWorkers } from './workers.ts'

/** Where what is meant for the person at the terminal goes. */
export type Terminal = { write: (text: string) => unknown }

/** What serves. `close` stops it in the opposite order, and lets requests finish that run; once is enough. */
export type Serving = { url: string; close: () => Promise<void> }

export type ServeOptions = {
  log: Logger
  out: Terminal
  /** Default: both. */
  role?: Role
  /** How many processes of their own answer on the one port, supervised by this one. Default: this one answers. */
  processes?: number | undefined
}

type Closers = (() => Promise<void>)[]

/** What all processes stand on, whatever they do. */
type Ground = {
  installation: Installation
  /** The system's. */
  work: Omit<WorkContext, 'requestId'>
  notifications: Notifications
  app: App
}

/** Starts everything, from the data folder to the port. */
export async function serve(config: Config, { log, out, role = 'both', processes }: ServeOptions): Promise<Serving> {
  if (role === 'worker' && config.mail && !config.publicUrl) {
    throw new StartError('--role=worker needs LETHE_URL: links in mails have to lead to where processes answer.')
  }
  return opening(async (closers) => {
    const options = { log, claim: role === 'both' ? 'first' : 'beside', whole: true, role } as const
    const says = (line: string) => out.write(`${line}\n`)
    // Those that answer do so by themselves.
    const appRole = processes === undefined ? role : 'worker'
    const ground = await layGround(config, closers, { ...options, appRole, says })
    const { installation, work, notifications, app } = ground
    // Told before anything else can go wrong: the password exists nowhere else.
    out.write(
      credentials(await bootstrapIdentity({ ...work, requestId: randomUUID() }, config.admin, beginningOf(modules))),
    )
    await warnOfGuardFaults(work)
    if (config.provider) await warnOfUnknownRoles(work, config.provider)
    const server = processes === undefined ? await answer(ground, config, closers) : undefined
    if (role !== 'api') {
      const workers = await startWorkers({ installation, config, work, notifications, modules, schema: app.schema })
      closers.push(workers.close)
    }
    const { url, selfSigned } = server ?? (await answerBy(processes ?? 1, ground, config, closers))
    out.write(role === 'worker' ? workerBanner(url) : banner({ url, selfSigned }, config))
    log.info({ url, role, processes }, 'ready')
    return url
  })
}

/** Answers as one of several processes on one port. What has to be done once, the process did that started this one. */
export async function serveSupervised(
  config: Config,
  { log, supervised }: { log: Logger; supervised: Supervised },
): Promise<Serving> {
  return opening(async (closers) => {
    const { together } = supervised
    const options = { log, claim: 'beside', whole: false, role: 'api', appRole: 'api', together } as const
    const ground = await layGround(config, closers, { ...options, says: (line) => log.info(line) })
    const server = await answer(ground, config, closers)
    supervised.answers(server, ground.app.measured)
    log.debug({ url: server.url }, 'this process answers')
    return server.url
  })
}

/** Opens one thing after the other; what was opened is closed again if the next one can't be. */
async function opening(open: (closers: Closers) => Promise<string>): Promise<Serving> {
  const closers: Closers = []
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeAll(closers)
    return closing
  }
  try {
    return { url: await open(closers), close }
  } catch (error) {
    await close()
    throw error
  }
}

type GroundOptions = {
  log: Logger
  claim: Claim
  /** Whether the whole ledger is read. */
  whole: boolean
  /** What this process does. */
  role: Role
  /** What its app is for. */
  appRole: Role
  together?: () => Promise<readonly Measured[]>
  says: (line: string) => void
}

async function layGround(config: Config, closers: Closers, options: GroundOptions): Promise<Ground> {
  const { log, claim, whole, role, appRole, together, says } = options
  closers.push(await claimDataFolder(config, claim))
  closers.push(await startTracing(config.tracing, log))
  const installation = await openInstallation(config, { log, say: says, serves: whole })
  closers.push(installation.close)
  const { store, keys, secrets, signer, ledger } = installation
  const { url, database } = store
  const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
  const replicas =
    config.replicaUrls.length > 0
      ? openReplicas(config.replicaUrls.map(withTransportSecurity), database, config, log)
      : undefined
  if (replicas) closers.push(replicas.close)
  const notifications = await listenToDatabase(url, log)
  closers.push(notifications.close)
  const folder = dataPath(config, 'audit')
  const takesTurns = role !== 'api'
  const sequencer = await startSequencer({ url, signer, folder, log, notifications, keys, takesTurns })
  closers.push(sequencer.close)
  const app = createApp({
    ...{ config, database, log, secrets, keys, ledger, sequencer, notifications, role: appRole },
    ...(together && { together }),
    ...(replicas && { replicas }),
  })
  return { installation, work, notifications, app }
}

/** Listens, and answers in this process. */
async function answer({ app, work }: Ground, config: Config, closers: Closers) {
  const server = await listen(app, config, work.log)
  app.listensAt(server)
  closers.push(async () => {
    app.close()
    await server.close()
    await app.finish()
  })
  return { url: server.url, selfSigned: server.certificate.selfSigned }
}

/** Lets others answer. */
async function answerBy(count: number, { app, work: { log } }: Ground, config: Config, closers: Closers) {
  await loadCertificate(config) // So that they don't make one each.
  closers.push(async () => {
    app.close()
    await app.finish()
  })
  const processes = await superviseProcesses({ count, grace: config.grace, log, measured: app.measured })
  closers.push(processes.close)
  return processes
}

function banner({ url, selfSigned }: { url: string; selfSigned: boolean }, { graphiql, host }: Config): string {
  const lines = ['', `Lethe is ready: ${url}/graphql${graphiql ? '  (GraphiQL, in a browser)' : ''}`]
  if (selfSigned) {
    lines.push(
      '',
      'The certificate is self-signed, so browsers warn of it the first time. Your own one: LETHE_TLS_CERT, LETHE_TLS_KEY.',
    )
  }
  if (host === 'localhost') lines.push('Only this machine can reach it. For others: HOST=0.0.0.0')
  lines.push('', 'Next:', '  npx lethe seed --contacts 1000                          made-up contacts to play with')
  lines.push('  npx lethe import FILE --source "…" --ground …           your own, from vCard, CSV or JSON')
  lines.push('  Ctrl+C                                                  stops it', '')
  return `${lines.join('\n')}\n`
}

const workerBanner = (url: string) =>
  `\nLethe works in the background. How it is doing: ${url}/health/ready, ${url}/metrics\n`

function credentials({ created }: Bootstrapped): string {
  if (!created) return ''
  const { email, password } = created
  const shown = password
    ? `${password}\n            Keep it safe: it is shown only this once.`
    : 'the one in LETHE_ADMIN_PASSWORD'
  return `\nThe first administrator, who can make further users:\n  e-mail    ${email}\n  password  ${shown}\n`
}
