import type { Notifications } from '../../../database/listen.ts'
import type { Keys } from '../../../keys/keys.ts'
import type { Logger } from '../../../log.ts'
import { loggable } from '../../../log-error.ts'
import { verifierOf } from '../checkpoint/epochs.ts'
import { openOutside } from '../checkpoint/outside.ts'
import type { AuditSigner } from '../checkpoint/signing-key.ts'
import type { Integration } from '../integration.ts'
import type { Query } from '../tree/stored.ts'
import type { Tools } from './begin.ts'
import { openConnections } from './connection.ts'
import { startLoop } from './loop.ts'
import { compareSigner } from './own-log.ts'
import { createPace } from './pace.ts'
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
  /** Whether this process takes its turn at it. Default: yes. Without, it only waits for what another one does. */
  takesTurns?: boolean
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

/**
 * Puts the entries of the audit log into its tree and signs checkpoints, for as long as the process runs. Any number of
 * processes may: one of them at a time does it, and another goes on within seconds when that one is gone. Throws a
 * StartError if the log is signed with another key than ours.
 */
export async function startSequencer(options: SequencerOptions): Promise<Sequencer> {
  const { url, signer, log, keys, notifications, takesTurns = true } = options
  const pool = openConnections(url)
  const query: Query = async (text, values) => (await pool.query(text, [...values])).rows
  const tools: Tools = { pool, query, keys, signer, outside: openOutside(options), log }
  try {
    await compareSigner(pool, signer)
  } catch (error) {
    await pool.end()
    throw error
  }

  /** Nothing depends on it, or something else tells of it. */
  const noteTrouble = (error: unknown) =>
    log.debug({ error: loggable(error) }, 'the audit log could not reach its tree')

  /** Somebody waits: the turn is ours, or whoever's it is has to be told. */
  function hurry() {
    pace.call()
    if (!loop?.holding()) pool.query("SELECT pg_notify('lethe_audit', '')").catch(noteTrouble)
  }

  const pace = createPace()
  const waiting = createWaiting({ pool, log, notifications, hurry })
  const loop = takesTurns ? startLoop(tools, pace, { hasGrown: waiting.look, noteTrouble }) : undefined
  notifications?.on('lethe_audit', pace.call)
  return {
    integration: { integrated: waiting.integrated, verifier: (note) => verifierOf(signer, note) },
    state: () => {
      const held = loop?.holding()
      const [fault, outsideFault] = [loop?.fault(), tools.outside.fault()]
      return { holds: held !== undefined, size: held?.tree.size, epoch: held?.lease.epoch, fault, outsideFault }
    },
    close: async () => {
      await loop?.close()
      waiting.close()
      await pool.end()
    },
  }
}
