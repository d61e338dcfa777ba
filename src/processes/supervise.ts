import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { Measured } from '../http/metrics.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { StartError } from '../start-error.ts'
import type { FromProcess, ToProcess } from './messages.ts'
import { processMetrics } from './metrics.ts'

/** The processes that answer on one port. */
export type Processes = {
  /** Where they answer. */
  url: string
  selfSigned: boolean
  /** Lets each finish what runs; one that does not end within the grace period is killed. */
  close: () => Promise<void>
}

export type Supervision = {
  count: number
  /** Milliseconds that running requests get at the end. */
  grace: number
  log: Logger
  /** What this process measured of itself. */
  measured: () => Promise<Measured>
}

// Milliseconds.
const firstPause = 250
const longestPause = 30_000
const steady = 60_000
const patience = 2000
const killAfter = 5000

/**
 * Starts this program again, so many times, to answer on one port: connections go to one after the other. One that ends is replaced, after a
 * while that grows when that happens soon again. They end by themselves when this process is gone, however that ended.
 */
export async function superviseProcesses({ count, grace, log, measured }: Supervision): Promise<Processes> {
  const silence = new Map<number, (measured: Measured) => void>()
  const { registry, restarts } = processMetrics()
  let isUp = false
  let closing = false
  let questions = 0
  let pause = firstPause
  const waiting = new Set<NodeJS.Timeout>()

  const running = () => Object.values(cluster.workers ?? {}).filter((one) => one !== undefined)
  const tell = (to: Worker, message: ToProcess) => {
    if (to.isConnected())
      to.send(message, (error) => error && log.debug({ error: loggable(error) }, 'a process is gone'))
  }

  /** Of whoever answers in time: one that hangs, or has just ended, is left out. */
  async function measureAll(): Promise<Measured[]> {
    const asked = running().map((one) => {
      const id = questions++
      return new Promise<Measured | undefined>((done) => {
        const late = setTimeout(done, patience, undefined)
        silence.set(id, (answer) => {
          clearTimeout(late)
          done(answer)
        })
        tell(one, { kind: 'measure', id })
      }).finally(() => silence.delete(id))
    })
    const answers = await Promise.all([...asked, measured(), registry.getMetricsAsJSON()])
    return answers.filter((answer) => answer !== undefined)
  }

  const hear = (from: Worker, message: FromProcess) => {
    if (message.kind === 'measured') silence.get(message.id)?.(message.measured)
    if (message.kind !== 'measure') return
    const { id } = message
    measureAll().then(
      (all) => tell(from, { kind: 'measured', id, all }),
      (error: unknown) => log.warn({ error: loggable(error) }, 'the measurements can not be gathered'),
    )
  }

  function start(): Worker {
    const since = performance.now()
    const one = cluster.fork()
    one.on('message', (message: FromProcess) => hear(one, message))
    one.once('exit', (code, signal) => {
      if (closing || !isUp) return
      const facts = { ended: one.process.pid, code, signal, pause }
      log.error(facts, 'a process that answers has ended; another one takes its place')
      restarts.inc()
      pause = performance.now() - since > steady ? firstPause : Math.min(pause * 2, longestPause)
      const timer = setTimeout(() => {
        waiting.delete(timer)
        start()
      }, pause)
      waiting.add(timer)
    })
    return one
  }

  const close = async () => {
    closing = true
    for (const timer of waiting) clearTimeout(timer)
    const all = running()
    const ends = all.map(async (one) => {
      const end = once(one, 'exit')
      tell(one, { kind: 'stop' })
      const late = setTimeout(() => one.process.kill('SIGKILL'), grace + killAfter)
      await end.finally(() => clearTimeout(late))
    })
    await Promise.all(ends)
  }

  try {
    const [first] = await Promise.all(Array.from({ length: count }, () => answering(start())))
    if (!first) throw new Error('no process was to answer')
    isUp = true
    log.info({ processes: running().map(({ process }) => process.pid) }, 'these processes answer')
    return { ...first, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Settles when it answers, with where; throws when it ended before. */
async function answering(one: Worker): Promise<{ url: string; selfSigned: boolean }> {
  return new Promise((done, fail) => {
    one.on('message', (message: FromProcess) => {
      if (message.kind === 'answers') done({ url: message.url, selfSigned: message.selfSigned })
    })
    one.once('exit', () => fail(new StartError('A process that was to answer could not start; it says above why.')))
  })
}
