import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const program = join(import.meta.dirname, '..', '..', '..', 'src', 'lethe.js')

/** What a command took: at most so many MB of memory of its own process, and so many seconds; and the end of what it said. */
export type Taken = { megabytes: number; seconds: number; said: string }

/**
 * Runs a command of Lethe's to its end, in a data folder. Throws if it fails, with what it said. Only on Linux, which tells of memory.
 *
 * @param settings From the environment, besides the data folder.
 */
export async function run(data: string, command: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<Taken> {
  const began = performance.now()
  const child = spawn(process.execPath, [program, ...command], {
    env: { PATH: process.env['PATH'], HOME: data, ...settings, LETHE_DATA: data, LETHE_BACKUP_HOURS: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-5000)
    })
  let peak = 0
  // The system keeps the most that there was: to look now and then is enough, but for the last moment.
  const looking = setInterval(async () => {
    peak = Math.max(peak, await peakOf(child.pid))
  }, 50)
  const [code] = await once(child, 'close')
  clearInterval(looking)
  if (code !== 0) throw new Error(`lethe ${command.join(' ')} ended with ${code}: ${said}`)
  return { megabytes: peak / 1024, seconds: (performance.now() - began) / 1000, said }
}

/** In kB; 0 once the process has ended. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}
