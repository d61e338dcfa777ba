import type { Notifications } from '../../database/listen.ts'
import { loggable } from '../../log-error.ts'
import { startWorkerLoop, type Worker } from '../../worker-loop.ts'
import type { Engine } from './engine.ts'
import { mailNotices, noticesWait } from './notices.ts'
import { dueRuns, forgetOldRuns, nextDue } from './queue.ts'
import { takeTurn } from './run.ts'

const atOnce = 2
const batch = 100
const forgetEvery = 3_600_000

/**
 * Lets rules take their turns, for as long as the process runs. Any number of processes may: PostgreSQL gives each run to one of
 * them at a time, and what a process that died was at is taken up by another at once.
 *
 * @param options.gather Milliseconds for which what users are to be told of is gathered into one mail.
 */
export function startAutomation(
  engine: Engine,
  { notifications, gather = 60_000 }: { notifications?: Notifications; gather?: number } = {},
): Worker {
  const { database, log } = engine.work

  /** Until nothing is due. Returns in how many milliseconds something may be. */
  async function turn(stop: AbortSignal): Promise<number | undefined> {
    let taken: number
    do {
      const due = await dueRuns(database, batch)
      taken = await inLanes(due, atOnce, (key) => (stop.aborted ? Promise.resolve(false) : takeTurn(engine, key)))
      await mail()
      // More may have become due; but if all of it is with other processes, not at once.
    } while (taken > 0 && !stop.aborted)
    if (stop.aborted) return undefined
    const waits = [await nextDue(database), await noticesWait(database, gather)]
    return Math.min(...waits.map((wait) => wait ?? Number.POSITIVE_INFINITY))
  }

  /** What users are to be told of waits for the next time if it can't be mailed now; rules act meanwhile. */
  const mail = () =>
    mailNotices(engine.work, gather).catch((error: unknown) =>
      log.warn({ error: loggable(error) }, 'users can’t be told now what rules did; it is tried again'),
    )

  const forgetting = setInterval(() => {
    forgetOldRuns(database).catch((error: unknown) =>
      log.warn({ error: loggable(error) }, 'old runs of rules can’t be forgotten now; it is tried again'),
    )
  }, forgetEvery).unref()
  const loop = startWorkerLoop({
    turn,
    failed: (error) => log.warn({ error: loggable(error) }, 'the queue of rules is not in reach'),
    wakes: { notifications, channel: 'lethe_automation' },
  })
  return {
    close: async () => {
      clearInterval(forgetting)
      await loop.close()
    },
  }
}

/** Does some at a time; returns how many came to something. One that breaks doesn't keep the others from ending. */
async function inLanes<T>(items: readonly T[], lanes: number, take: (item: T) => Promise<boolean>): Promise<number> {
  const waiting = [...items]
  let taken = 0
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) if (await take(item)) taken++
  }
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return taken
}
