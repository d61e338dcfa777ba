import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isFault } from '../../src/files.ts'
import { listen } from '../deliveries/listener.ts'
import { admin } from '../support/app.ts'
import { freshDatabase } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { http1 } from '../support/https.ts'
import { inFolder, lethe } from '../support/lethe.ts'

// `serve --workers`: several processes on one port, and the one that supervises them.

/** Starts a server whose two processes answer, with where it is and who they are. */
async function start(folder: string, url: string) {
  const run = lethe(['serve', '--workers', '2'], {
    ...{ LETHE_DATA: folder, PORT: '0', LETHE_LOG: 'debug', LETHE_ADMIN_EMAIL: admin.email },
    ...{ LETHE_ADMIN_PASSWORD: admin.password, ...databaseEnvironment(url) },
  })
  const [, at = ''] = await run.says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  const [, list = ''] = await run.says(/"processes":\[([\d,]+)\]/)
  const ca = await readFile(join(folder, 'tls', 'certificate.pem'), 'utf8')
  /** By a connection of its own, and so by one process after the other. */
  const get = async (path: string) => (await http1(at, { path, ca })).body
  const ask = async (query: string, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const body = JSON.stringify({ query })
    return JSON.parse((await http1(at, { path: '/graphql', ca, method: 'POST', headers, body })).body)
  }
  const signIn = async (): Promise<string> =>
    (await ask(`mutation { signIn(email: "${admin.email}", password: "${admin.password}") { token } }`)).data.signIn
      .token
  /** A measurement, as the page has it. */
  const measured = async (name: string) =>
    Number(
      (await get('/metrics'))
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    )
  return { run, at, ca, processes: list.split(',').map(Number), get, ask, signIn, measured }
}

/** Whether a process is there still; one that has ended, and that nobody took notice of, is not. */
async function isThere(process: number): Promise<boolean> {
  try {
    return !/\) [ZX] /.test(await readFile(`/proc/${process}/stat`, 'utf8'))
  } catch (error) {
    if (isFault(error, 'ENOENT', 'ESRCH')) return false
    throw error
  }
}

test('several processes are one server: for clients, for who measures it, when one dies, when it stops, and when it is killed', async () => {
  const url = await freshDatabase()
  await inFolder(async (folder) => {
    const server = await start(folder, url)
    expect(new Set(server.processes).size).toBe(2)

    // Whoever answers: who signed in at one is known to the other, and what one did the other measured, too.
    const token = await server.signIn()
    for (let turn = 0; turn < 4; turn++) {
      expect((await server.ask('{ me { email } }', token)).data.me.email).toBe(admin.email)
    }
    for (let turn = 0; turn < 4; turn++) await server.get('/health/live')
    const alive = 'http_request_duration_seconds_count{route="/health/live",status="200"}'
    for (let turn = 0; turn < 2; turn++) expect(await server.measured(alive)).toBe(4)
    expect(await server.measured('lethe_processes')).toBe(2)
    expect(await server.measured('lethe_audit_oldest_seconds')).toBeGreaterThanOrEqual(0)
    expect(JSON.parse(await server.get('/health/ready'))).toEqual({ status: 'ready' })

    // One dies: it is told of, the other goes on, and a third takes its place.
    const [first = 0, second = 0] = server.processes
    process.kill(first, 'SIGKILL')
    await server.run.says(new RegExp(`"ended":${first},.*another one takes its place`))
    expect((await server.ask('{ me { email } }', token)).data.me.email).toBe(admin.email)
    const answering = () =>
      [...server.run.output().stderr.matchAll(/"pid":(\d+),[^\n]*"this process answers"/g)].map(([, pid]) =>
        Number(pid),
      )
    await expect.poll(answering, { timeout: 60_000 }).toHaveLength(3)
    expect(await server.measured('lethe_process_restarts_total')).toBe(1)
    expect((await server.ask('{ me { email } }', token)).data.me.email).toBe(admin.email)

    // Who supervises them is killed: none of them stays.
    const all = answering()
    expect(all).toContain(second)
    server.run.child.kill('SIGKILL')
    await server.run.done
    await expect.poll(() => Promise.all(all.map(isThere)), { timeout: 30_000 }).toEqual([false, false, false])
    await expect(server.get('/health/live')).rejects.toThrow('ECONNREFUSED')

    // Stopped, it lets each finish: who listens is told that it is over.
    const next = await start(folder, url)
    const again = await next.signIn()
    const listeners = await Promise.all([1, 2].map(() => listen(next.at, { ca: next.ca, token: again })))
    expect(listeners.map(({ status }) => status)).toEqual([200, 200])
    next.run.child.kill('SIGTERM')
    expect((await next.run.done).code).toBe(0)
    for (const { ended, completed } of listeners) {
      await ended
      expect(completed()).toBe(true)
    }
    for (const one of next.processes) expect(await isThere(one)).toBe(false)
    expect(next.run.output().stderr).not.toContain('another one takes its place')
  })
}, 300_000)
