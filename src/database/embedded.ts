import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { StartError } from '../start-error.ts'
import {
  ensureCluster,
  findPrograms,
  freePort,
  type Programs,
  runningPort,
  startServer,
  stopServer,
} from './cluster.ts'
import { type EmbeddedRole, rolePassword } from './embedded-roles.ts'
import { type SystemUser, systemUser } from './system-user.ts'

/** A running embedded PostgreSQL. */
export type EmbeddedServer = {
  /** The address of a database, as the superuser unless told otherwise. */
  url: (database: string, role?: EmbeddedRole) => string
  password: (role: EmbeddedRole) => string
  /** Stops it, unless another process of ours still uses it. */
  release: () => Promise<void>
}

export type EmbeddedOptions = {
  /** The folder to keep the cluster in; made when it isn't there. */
  folder: string
  /** Further server settings, for example `{ fsync: 'off' }` in tests. */
  settings?: Record<string, string>
  /** Told what takes a while. */
  progress?: (message: string) => void
}

// Every process that uses the server holds this advisory lock, shared, in the database `postgres`. Whoever leaves and
// can take it alone was the last one, and stops the server. A killed process loses it by itself.
const userLock = 5_384_843

/**
 * Starts the embedded PostgreSQL in a folder, or joins the one that already runs there. While we use it, it is started
 * again on the same port whenever it dies.
 */
export async function startEmbedded({ folder, settings = {}, progress }: EmbeddedOptions): Promise<EmbeddedServer> {
  const programs = await findPrograms()
  const cluster = join(resolve(folder), 'cluster')
  const { user, password } = await prepare(programs, resolve(folder), cluster, progress)
  const membership = new Membership({ control: programs.pg_ctl, cluster, user, password, settings })
  await membership.join()
  return {
    url: (database, role) => membership.url(database, role),
    password: (role) => rolePassword(password, role),
    release: () => membership.leave(),
  }
}

async function prepare(programs: Programs, folder: string, cluster: string, progress?: (message: string) => void) {
  try {
    const user = await systemUser(programs.postgres, folder)
    return { user, password: await ensureCluster(folder, cluster, programs.initdb, user, progress) }
  } catch (error) {
    if (error instanceof StartError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const isFull = /ENOSPC|EDQUOT|No space left/.test(reason)
    throw new StartError(
      `The data folder ${folder} is not usable: ${isFull ? 'the disk is full' : reason}. ` +
        'Choose another one with LETHE_DATA=/path/to/folder.',
      { cause: error },
    )
  }
}

type Server = { control: string; cluster: string; user: SystemUser; password: string; settings: Record<string, string> }

/** Our being one of the users of the server: a connection that holds the lock, renewed when it is lost. */
class Membership {
  private readonly server: Server
  private port: number | undefined
  private guard: pg.Client | undefined
  private joining: Promise<void> | undefined
  private left = false

  constructor(server: Server) {
    this.server = server
  }

  url(database: string, role: EmbeddedRole = 'lethe'): string {
    return `postgresql://${role}:${rolePassword(this.server.password, role)}@127.0.0.1:${this.port}/${database}`
  }

  /** Starts the server, if it doesn't run, and takes the lock. */
  async join(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.tryToJoin()
      } catch (error) {
        // Another process may be starting or stopping the server at this very moment.
        if (attempt === 5 || error instanceof StartError) throw startFault(error, this.server.cluster)
        await wait(200 * attempt)
      }
    }
  }

  private async tryToJoin() {
    const { control, cluster, user, settings } = this.server
    const running = await runningPort(cluster)
    if (running === undefined) {
      this.port ??= await freePort()
      await startServer(control, cluster, user, this.port, settings)
    } else {
      this.port = running
    }
    const guard = new pg.Client({ connectionString: this.url('postgres') })
    guard.on('error', () => undefined) // Followed by `end`, which acts on it.
    try {
      await guard.connect()
      await guard.query('SELECT pg_advisory_lock_shared($1)', [userLock])
    } catch (error) {
      if (running === undefined) await stopServer(control, cluster, user) // Nobody would use what we started.
      throw error
    }
    guard.once('end', () => this.rejoin())
    this.guard = guard
  }

  /** The connection is gone: PostgreSQL died, or was stopped under us. Goes on trying; meanwhile we aren't ready. */
  private rejoin() {
    this.guard = undefined
    if (this.left) return
    this.joining = this.join().catch(async () => {
      await wait(1000, undefined, { ref: false })
      this.rejoin()
    })
  }

  /** Gives the lock back, and stops the server when nobody else holds it. A server that died is left alone. */
  async leave(): Promise<void> {
    this.left = true
    await this.joining
    const { guard } = this
    if (!guard) return
    const { rows } = await guard
      .query('SELECT pg_advisory_unlock_shared($1)', [userLock])
      .then(() => guard.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [userLock]))
    const { control, cluster, user } = this.server
    if (rows[0]?.last) await stopServer(control, cluster, user)
    await guard.end()
  }
}

function startFault(error: unknown, cluster: string): StartError {
  if (error instanceof StartError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StartError(
    `The embedded PostgreSQL in ${cluster} does not start: ${reason}\nIts own words are in ${join(cluster, 'server.log')}.`,
    { cause: error },
  )
}
