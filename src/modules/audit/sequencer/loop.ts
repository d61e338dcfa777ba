import { randomUUID } from 'node:crypto'
import { isUnavailable, sqlState } from '../../../database/sql-errors.ts'
import { loggable } from '../../../log-error.ts'
import { StartError } from '../../../start-error.ts'
import { DamagedTree } from '../tree/stored.ts'
import { beginTerm, type Holding, type Tools } from './begin.ts'
import { followLog } from './follow.ts'
import { LostLease } from './grow.ts'
import { renewEvery, renewLease, returnLease, takeLease } from './lease.ts'
import type { Pace } from './pace.ts'
import { takeTurn } from './turn.ts'

/** The work of the sequencer. */
export type Loop = {
  /** What it goes by while it has the lease. */
  holding: () => Holding | undefined
  /** Why the tree doesn't grow from here, though it should. */
  fault: () => string | undefined
  /** Takes what is left, and gives the lease back. */
  close: () => Promise<void>
}

/** Milliseconds that it may take at the end to take what is left. */
const longestEnd = 3000

const lockNotAvailable = '55P03'

const lost = 'another process puts entries into the tree of the audit log now'

/** Tries for the lease and, with it, takes turns, until it is closed. What breaks is tried again. */
export function startLoop(
  tools: Tools,
  pace: Pace,
  events: { hasGrown: () => void; noteTrouble: (error: unknown) => void },
): Loop {
  const { pool, log, outside } = tools
  const { noteTrouble } = events
  const holder = randomUUID()
  let holding: Holding | undefined
  let fault: string | undefined
  let failures = 0
  let grewAt = Number.NEGATIVE_INFINITY
  let followedAt = Number.NEGATIVE_INFINITY
  let closing = false

  const heartbeat = setInterval(beat, renewEvery).unref()
  let beating = false

  /** Without entries to write, nothing else would tell that the lease is gone. */
  async function beat() {
    const held = holding
    if (!held || beating) return
    beating = true
    try {
      const isHeld = await renewLease(pool, held.lease)
      if (isHeld || holding !== held) return
      holding = undefined
      log.warn(lost)
    } catch (error) {
      noteTrouble(error)
      // Nothing can be written; to try for the lease again tells so, and why.
      if (sqlState(error) === lockNotAvailable && holding === held) holding = undefined
    } finally {
      beating = false
    }
  }

  function hasGrown() {
    grewAt = performance.now()
    events.hasGrown()
  }

  /** Milliseconds until the next look: soon when somebody waits, then less and less so. */
  function idle() {
    const [sinceCall, sinceGrowth] = [performance.now() - pace.calledAt(), performance.now() - grewAt]
    if (sinceCall < 1000) return Math.min(Math.max(sinceCall / 4, 10), 200)
    return sinceGrowth < 5000 ? 200 : 500
  }

  async function step() {
    if (!holding) {
      const lease = (await takeLease(pool, holder)) ?? (await follow())
      if (!lease) return pace.pause(100, 1000 + Math.random() * 250)
      try {
        holding = await beginTerm(tools, lease)
      } catch (error) {
        await returnLease(pool, lease).catch(noteTrouble)
        throw error
      }
      const facts = { term: lease.term, size: holding.tree.size }
      log.debug(facts, 'this process puts entries into the tree of the audit log')
    }
    const isMore = await takeTurn(tools, holding, hasGrown)
    if (fault !== undefined) log.info('the tree of the audit log grows again')
    fault = undefined
    failures = 0
    if (!isMore) await pace.pause(10, idle())
  }

  /** Goes along with the one who has the lease, unless it has to be taken away. */
  async function follow() {
    if (performance.now() - followedAt < 1000) return undefined
    const isTrue = await followLog(tools)
    followedAt = performance.now()
    if (isTrue) return undefined
    log.error('the audit log in the database contradicts the copies of its checkpoints here')
    return takeLease(pool, holder, true)
  }

  async function fail(error: unknown) {
    holding = undefined // Whatever became of the turn, the database knows.
    failures++
    if (error instanceof LostLease) log.warn(lost)
    else {
      const level = isUnavailable(error) ? 'warn' : 'error'
      const told = describe(error)
      if (fault !== told) {
        log[level]({ error: loggable(error), fault: told }, 'the tree of the audit log does not grow')
      }
      fault = told
    }
    await pace.pause(100, Math.min(100 * 2 ** failures, 5000))
  }

  async function takeRest(held: Holding) {
    const until = performance.now() + longestEnd
    while ((await takeTurn(tools, held, hasGrown)) && performance.now() < until);
  }

  async function work() {
    while (!closing) await step().catch(fail)
    // What was written just before the end isn't left without a leaf for as long as nobody runs.
    if (holding) await takeRest(holding).catch(noteTrouble)
    await outside.flush()
    if (holding) await returnLease(pool, holding.lease).catch(noteTrouble) // It ends by itself.
    holding = undefined
  }

  const working = work()
  return {
    holding: () => holding,
    fault: () => fault,
    close: async () => {
      closing = true
      pace.call()
      await working
      clearInterval(heartbeat)
    },
  }
}

function describe(error: unknown): string {
  if (error instanceof StartError || error instanceof DamagedTree) return error.message
  if (sqlState(error) === lockNotAvailable) return 'somebody holds a lock on the tables of the tree'
  return isUnavailable(error) ? 'the database does not answer' : 'something broke; the log of the server tells more'
}
