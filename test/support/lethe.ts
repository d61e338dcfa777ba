import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const main = join(import.meta.dirname, '..', '..', 'src', 'lethe.js')

/** The command line as a person would run it: a process of its own. */
export type Run = {
  child: ChildProcess
  /** What it wrote so far. */
  output: () => { stdout: string; stderr: string }
  /** Settles once standard output or standard error holds this. */
  says: (text: string | RegExp) => Promise<RegExpMatchArray>
  /** Settles with what became of it. */
  done: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>
}

const running = new Set<Run>()

/** Starts `lethe` with these arguments and settings, and no others. */
export function lethe(
  args: readonly string[],
  environment: Record<string, string>,
  nodeFlags: readonly string[] = [],
): Run {
  const child = spawn(process.execPath, [...nodeFlags, main, ...args], {
    env: { PATH: process.env['PATH'], XDG_STATE_HOME: process.env['XDG_STATE_HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const done = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }))
  const says = async (text: string | RegExp) => {
    for (;;) {
      const found = (stdout + stderr).match(text)
      if (found) return found
      const ended = await Promise.race([done, once(child.stdout, 'data'), once(child.stderr, 'data')])
      if ('code' in ended && !(stdout + stderr).match(text)) {
        throw new Error(`ended with ${ended.code} before it said ${text}:\n${stdout}\n${stderr}`)
      }
    }
  }
  const run: Run = { child, output: () => ({ stdout, stderr }), says, done }
  running.add(run)
  child.once('exit', () => running.delete(run))
  return run
}

/** An empty folder for `use`; afterwards it is gone, and so is whatever still runs. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-cli-'))
  try {
    return await use(folder)
  } finally {
    for (const run of running) run.child.kill('SIGTERM')
    await Promise.all([...running].map((run) => run.done))
    await rm(folder, { recursive: true, force: true })
  }
}
