import { randomUUID } from 'node:crypto'
import type { Notifications } from '../../../database/listen.ts'
import { isUnavailable } from '../../../database/sql-errors.ts'
import type { Keys } from '../../../keys/keys.ts'
import type { Logger } from '../../../log.ts'
import { loggable } from '../../../log-error.ts'
import { StartError } from '../../../start-error.ts'
import { verifierOf } from '../checkpoint/epochs.ts'
import { openOutside } from '../checkpoint/outside.ts'
import type { AuditSigner } from '../checkpoint/signing-key.ts'
import type { Integration } from '../integration.ts'
import { DamagedTree, type Query } from '../tree/stored.ts'
import { beginTerm, type Holding, type Tools } from './begin.ts'
import { openConnections } from './connection.ts'
import { followLog } from './follow.ts'
import { LostLease } from './grow.ts'
import { renewEvery, renewLease, returnLease, takeLease } from './lease.ts'
import { compareSigner } from './own-log.ts'
import { createPace } from './pace.ts'
import { takeTurn } from './turn.ts'
import { createWaiting } from './waiting.ts'

/** What a sequencer works with. */
export type SequencerOptions = {
  /** The application's database. */
  url: string
  signer: AuditSigner
  /** Where copies of the checkpoints are kept, outside of the database. */
  folder: string
  log: Logger
  keys: Keys
  /** From PostgreSQL, so that nobody waits longer than need be. Without: a little longer. */
  notifications?: Notifications
}

/** How the sequencer of this process is doing. */
export type SequencerState = {
  /** Whether it is the one that puts entries into the tree. */
  holds: boolean
  /** Leaves of the tree, while it is. */
  size: number | undefined
  epoch: number | undefined
  /** Why the tree doesn't grow from here, though it should. */
  fault: string | undefined
  /** Why copies of the checkpoints can't be written. */
  outsideFault: string | undefined
}

export type Sequencer = { integration: Integration; state: () => SequencerState; close: () => Promise<void> }

/** Milliseconds that it may take at the end to take what is left. */
const longestEnd = 3000

const lost = 'another process puts entries into the tree of the audit log now'

/**
 * Puts the entries of the audit log into its tree and signs checkpoints, for as long as the process runs. Any number of
 * processes may: one of them at a time does it, and another goes on within seconds when that one is gone. Throws a
 * StartError if the log is signed with another key than ours.
 */
export async function startSequencer(options: SequencerOptions): Promise<Sequencer> {
  const { url, signer, log, keys, notifications } = options
  const pool = openConnections(url)
  const query: Query = async (text, values) => (await pool.query(text, [...values])).rows
  const tools: Tools = { pool, query, keys, signer, outside: openOutside(options), log }
  const { outside } = tools
  const holder = randomUUID()
  const pace = createPace()
  let holding: Holding | undefined
  let fault: string | undefined
  let failures = 0
  let grewAt = Number.NEGATIVE_INFINITY
  let followedAt = Number.NEGATIVE_INFINITY
  let closing = false

  /** Nothing depends on it, or something else tells of it. */
  const noteTrouble = (error: unknown) =>
    log.debug({ error: loggable(error) }, 'the audit log could not reach its tree')

  const waiting = createWaiting({ pool, log, notifications, hurry })
  notifications?.on('lethe_audit', pace.call)
  const heartbeat = setInterval(() => void beat().catch(noteTrouble), renewEvery).unref()

  /** Without entries to write, nothing else would tell that the lease is gone. */
  async function beat() {
    const held = holding
    if (!held || (await renewLease(pool, held.lease)) || holding !== held) return
    holding = undefined
    log.warn(lost)
  }

  /** Somebody waits: the turn is ours, or whoever's it is has to be told. */
  function hurry() {
    pace.call()
    if (holding) return
    pool.query("SELECT pg_notify('lethe_audit', '')").catch(noteTrouble)
  }

  function hasGrown() {
    grewAt = performance.now()
    waiting.look()
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
      log.debug(
        { term: lease.term, size: holding.tree.size },
        'this process puts entries into the tree of the audit log',
      )
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
      if (fault !== describe(error)) log[level]({ error: loggable(error) }, 'the tree of the audit log does not grow')
      fault = describe(error)
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

  try {
    await compareSigner(pool, signer)
  } catch (error) {
    clearInterval(heartbeat)
    await pool.end()
    throw error
  }
  const working = work()
  return {
    integration: { integrated: waiting.integrated, verifier: (note) => verifierOf(signer, note) },
    state: () => ({
      holds: holding !== undefined,
      size: holding?.tree.size,
      epoch: holding?.lease.epoch,
      fault,
      outsideFault: outside.fault(),
    }),
    close: async () => {
      closing = true
      pace.call()
      await working
      clearInterval(heartbeat)
      waiting.close()
      await pool.end()
    },
  }
}

function describe(error: unknown): string {
  if (error instanceof StartError || error instanceof DamagedTree) return error.message
  return isUnavailable(error) ? 'the database does not answer' : 'something broke; the log of the server tells more'
}
