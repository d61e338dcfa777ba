import type { Notifications } from '../../database/listen.ts'
import { loggable } from '../../log-error.ts'
import type { Engine } from './engine.ts'
import { mailNotices, noticesWait } from './notices.ts'
import { dueRuns, forgetOldRuns, nextDue } from './queue.ts'
import { takeTurn } from './run.ts'

/** What lets rules take their turns. */
export type AutomationWorker = {
  /** Takes no new runs, and waits for those that are at work. */
  close: () => Promise<void>
}

const pollEvery = 30_000
const shortestWait = 100
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
): AutomationWorker {
  const { database, log } = engine.work
  let closing = false
  let called = false
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  function wake() {
    called = true
    if (closing || running) return
    running = work()
      .catch((error: unknown) => {
        log.warn({ error: loggable(error) }, 'the queue of rules is not in reach')
        return pollEvery
      })
      .then((wait) => {
        running = undefined
        clearTimeout(timer)
        if (called && !closing) wake()
        else if (!closing) timer = setTimeout(wake, Math.min(Math.max(wait, shortestWait), pollEvery)).unref()
      })
  }

  /** Until nothing is due. Returns in how many milliseconds something may be. */
  async function work(): Promise<number> {
    do {
      called = false
      const due = await dueRuns(database, batch)
      const taken = await inLanes(due, atOnce, (key) => (closing ? Promise.resolve(false) : takeTurn(engine, key)))
      // More may have become due; but if all of it is with other processes, not at once.
      if (taken > 0) called = true
      await mail()
    } while (called && !closing)
    if (closing) return pollEvery
    return Math.min((await nextDue(database)) ?? pollEvery, (await noticesWait(database, gather)) ?? pollEvery)
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
  notifications?.on('lethe_automation', wake)
  wake()
  return {
    close: async () => {
      closing = true
      clearTimeout(timer)
      clearInterval(forgetting)
      await running
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
