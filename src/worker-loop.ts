import type { Channel, Notifications } from './database/listen.ts'
import { inTurn } from './telemetry/spans.ts'

/** Work in the background. */
export type Worker = {
  /** Begins nothing new, and waits for what runs. Once is enough. */
  close: () => Promise<void>
}

/** What a worker does, and when. Times in milliseconds. */
export type WorkerLoop = {
  /**
   * Does what is due, and tells in how long something will be; undefined: nobody knows. Once `stop` is aborted it comes to an end soon:
   * what it leaves, the next one does.
   */
  turn: (stop: AbortSignal) => Promise<number | undefined>
  /** Told why a turn failed, unless it was to stop. */
  failed: (error: unknown) => void
  /** What wakes it, so that nobody waits for the time to pass. Notifications make things quicker, never right. */
  wakes?: { notifications: Notifications | undefined; channel: Channel }
  /** Until the first turn. Default: none. */
  firstWait?: number
  shortestWait?: number
  /** Whatever a turn says, and where it says nothing. */
  longestWait?: number
  /** Until a turn that failed is tried again. Default: the longest. */
  waitAfterFailure?: number
}

/**
 * Takes one turn after the other, for as long as the process runs. Between them it waits as long as the last one said, or until it is
 * woken; who wakes it during a turn gets another one right after. It keeps no process alive by itself.
 */
export function startWorkerLoop({
  turn,
  failed,
  wakes,
  firstWait,
  shortestWait = 100,
  longestWait = 30_000,
  waitAfterFailure = longestWait,
}: WorkerLoop): Worker & { wake: () => void } {
  const stop = new AbortController()
  const { signal } = stop
  let isCalled = false
  let endPause: (() => void) | undefined

  const pause = (milliseconds: number) =>
    new Promise<void>((done) => {
      const timer = setTimeout(done, milliseconds).unref()
      endPause = () => {
        clearTimeout(timer)
        done()
      }
    })
  const wake = () => {
    isCalled = true
    endPause?.()
  }
  const takeTurn = async (): Promise<number> => {
    try {
      return Math.min(Math.max((await inTurn(() => turn(signal))) ?? longestWait, shortestWait), longestWait)
    } catch (error) {
      if (!signal.aborted) failed(error)
      return waitAfterFailure
    }
  }
  const run = async () => {
    if (firstWait !== undefined) await pause(firstWait)
    while (!signal.aborted) {
      isCalled = false
      const wait = await takeTurn()
      if (!isCalled && !signal.aborted) await pause(wait)
    }
  }

  wakes?.notifications?.on(wakes.channel, wake)
  const running = run()
  return {
    wake,
    close: async () => {
      stop.abort(new Error('the process stops'))
      wake()
      await running
    },
  }
}

/**
 * A turn at a queue: takes one after the other until nothing is due.
 *
 * @param next Does the one that is due the longest. False: none is.
 * @param nextDue In how many milliseconds the next is; undefined if nothing waits.
 */
export const emptying =
  (next: (stop: AbortSignal) => Promise<boolean>, nextDue: () => Promise<number | undefined>): WorkerLoop['turn'] =>
  async (stop) => {
    while (!stop.aborted && (await next(stop)));
    return stop.aborted ? undefined : nextDue()
  }
