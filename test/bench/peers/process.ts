import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Contender } from './contest.ts'
import { environmentOf, type World } from './world.ts'

/** A contender that runs, as a process of its own. */
export type Running = {
  url: string
  pid: number
  /** The time that its process has worked so far, in ms; undefined where the system doesn't tell. */
  worked: () => Promise<number | undefined>
  stop: () => Promise<void>
}

const here = import.meta.dirname

const programs: Record<Contender, string[]> = {
  limit: [join(here, 'servers', 'limit.ts')],
  postgraphile: [join(here, 'servers', 'postgraphile.js')],
  lethe: [join(here, '..', '..', '..', 'src', 'lethe.js'), 'serve'],
}

/** Starts a contender; Lethe as anybody would. All answer over TLS, with the same certificate. */
export async function start(contender: Contender, world: World): Promise<Running> {
  const folder = join(world.data, 'bench')
  await mkdir(folder, { recursive: true })
  const [cert, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  await writeFile(cert, world.certificate.cert)
  await writeFile(key, world.certificate.key)
  const log = await open(join(folder, `${contender}.log`), 'w')
  const child = spawn(process.execPath, [...nodeOptions(contender), ...programs[contender]], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      GRAPHILE_ENV: 'production',
      DATABASE_URL: contender === 'lethe' ? '' : contender === 'limit' ? world.databaseUrl : world.ownerUrl,
      // The guards refuse what isn't logged.
      ...(contender === 'postgraphile' && { PGOPTIONS: '-c session_replication_role=replica' }),
      TLS_CERT: cert,
      TLS_KEY: key,
      ...(contender === 'lethe' && environmentOf(world)),
    },
    stdio: ['ignore', 'pipe', log.fd],
  })
  const url = await urlOf(child, contender)
  return {
    url,
    pid: child.pid ?? 0,
    worked: () => workedBy(child.pid),
    stop: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      await log.close()
    },
  }
}

/** `BENCH_NODE_OPTIONS=--cpu-prof` profiles Lethe. */
const nodeOptions = (contender: Contender) =>
  contender === 'lethe' ? (process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? []) : []

async function urlOf({ stdout }: ChildProcess, contender: Contender): Promise<string> {
  if (stdout) {
    for await (const line of createInterface(stdout)) {
      const [url] = /https:\/\/[^/\s]+/.exec(line) ?? []
      if (!/ready/.test(line) || !url) continue
      stdout.resume()
      return url
    }
  }
  throw new Error(`${contender} doesn't start: its log stands in the data folder`)
}

/** Linux counts it in hundredths of a second. */
async function workedBy(pid: number | undefined): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  const [user, system] = stat?.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number) ?? []
  return user === undefined || system === undefined ? undefined : (user + system) * 10
}
