import type pg from 'pg'
import type { Guard } from '../../security/guards.ts'
import type { KnownCheckpoint } from '../checkpoint/epochs.ts'
import type { Verifier } from '../checkpoint/keys.ts'
import { type OutsideNote, openWith } from './anchors.ts'
import { Anew } from './anew.ts'
import { Checkpoints, newestSize, readEpochStarts } from './checkpoints.ts'
import { type Ask, type Connection, inTurn } from './connection.ts'
import { tellDoubles, tellStrays, tellUncovered, tellUnmet } from './ends.ts'
import { readEpochs, tellEpoch } from './epochs.ts'
import { collectFindings, type Epoch, type Finding } from './finding.ts'
import { tellGuards } from './guards.ts'
import { misplacedLeaves } from './order.ts'
import { Reconstruction } from './reconstruction.ts'
import { noteColumns, noteOf, readLog, type StoredLeaf } from './rows.ts'
import { readGaps } from './sequences.ts'
import { readOrphans, readState } from './state.ts'
import { alteredTables } from './tables.ts'
import { Times } from './times.ts'
import { createWitness } from './witness.ts'

export type VerifyOptions = {
  /** In a transaction of its own (REPEATABLE READ READ ONLY), so that all is seen as of one moment. */
  client: pg.ClientBase
  /** The keys that the log was ever signed with; each counts under its name and those of its epochs. */
  verifiers: readonly Verifier[]
  /** Checkpoints kept outside of the database; of the same from several places, the first one counts. */
  outside: readonly OutsideNote[]
  /** What PostgreSQL has to protect the log with. */
  guards: readonly Guard[]
  /** Epochs that began for good reason, as somebody says who knows: what they lost is told, but is no finding. */
  acceptedEpochs?: readonly number[]
  /** Told how many leaves were checked, of how many. */
  onProgress?: (done: number, total: number) => void
}

/** What was checked, and what is not as it was signed. */
export type Verification = {
  leaves: number
  /** Entries too new to be in the tree. */
  waiting: number
  /** RFC 3339: since when, if they should be in the tree by now. */
  waitingSince: string | undefined
  /** Checkpoints in the database that are rightly signed. */
  checkpoints: number
  newest: KnownCheckpoint | undefined
  /** Those after the first. */
  epochs: readonly Epoch[]
  findings: readonly Finding[]
  /** How many more there are, of kinds of which very many were found. */
  omitted: number
}

/**
 * Recomputes the audit log from its rows: the leaf of each entry, the tree over them, and every signed checkpoint, those
 * from outside too. Says what was edited, removed, reordered, inserted, truncated or rolled back.
 */
export async function verifyLog(options: VerifyOptions): Promise<Verification> {
  const connection = inTurn(options.client)
  const altered = await alteredTables(connection.ask)
  if (altered.length > 0) return { ...nothing, findings: altered }
  const first = await pass(connection, options, new Map())
  if (first.lostAt === undefined) return first.verification
  for (const misplaced of await misplacedLeaves(connection, first.lostAt, first.verification.leaves)) {
    if (misplaced.size === 0) continue
    const next = await pass(connection, options, misplaced)
    if (next.lostAt === undefined) return next.verification
  }
  return first.verification
}

/** What there is to say of tables that are others. */
const nothing: Omit<Verification, 'findings'> = {
  leaves: 0,
  waiting: 0,
  waitingSince: undefined,
  checkpoints: 0,
  newest: undefined,
  epochs: [],
  omitted: 0,
}

/** `lostAt`: where the first leaves are that aren't what was signed, without it being known how they were. */
type Pass = { verification: Verification; lostAt: number | undefined }

/** Once over everything, with some leaves in other places than they are stored in. */
async function pass(
  connection: Connection,
  { verifiers, outside, guards, acceptedEpochs: accepted = [], onProgress }: VerifyOptions,
  misplaced: ReadonlyMap<number, StoredLeaf>,
): Promise<Pass> {
  const { ask, query } = connection
  const open = openWith(verifiers)
  const { list: findings, add, omitted } = collectFindings()
  const state = await readState(ask, add)
  const starts = await readEpochStarts(ask, open)
  // A leaf may stand anywhere; there is no counting up to where none is.
  const end = Math.min(state.end, Math.max(state.leaves, await newestSize(ask, open)))
  const orphans = await readOrphans(ask, { ...state, end }, add)
  const checkpoints = new Checkpoints(open, { starts, accepted }, add)
  checkpoints.bring(outside)
  const { witness, finish } = createWitness(orphans, await readGaps(ask), state, add)
  const reconstruction = new Reconstruction(query, orphans, witness)
  const times = new Times(starts, state.now, add)
  const anew = new Anew(starts)

  reconstruction.expect(checkpoints.upTo(0, await notesWhere(ask, 'tree_size <= $1', 0)))
  let next = 0
  for await (const { to, leaves, doubles, nodes, notes } of readLog(connection, end)) {
    const anchors = checkpoints.upTo(to, notes)
    reconstruction.expect(anchors)
    times.expect(anchors)
    reconstruction.compareWith(nodes)
    for (const leaf of leaves) {
      anew.leaf(leaf)
      times.leaf(leaf)
      for (; next < leaf.index; next++) await reconstruction.grow({ index: next, leaf: undefined })
      await reconstruction.grow({ index: next, leaf: misplaced.get(next) ?? leaf })
      next++
    }
    for (; next < to; next++) await reconstruction.grow({ index: next, leaf: undefined })
    tellDoubles(doubles, add)
    onProgress?.(to, end)
  }
  reconstruction.expect(checkpoints.upTo(Number.POSITIVE_INFINITY, await notesWhere(ask, 'tree_size > $1', end)))
  const { uncovered, unmet } = await reconstruction.finish()
  for (const [index, leaf] of misplaced) witness.leafMoved(leaf, index, {})
  const lostAt = finish()
  if (unmet.length === 0) tellUncovered(uncovered, add)
  times.finish()
  checkpoints.finish()
  tellUnmet(unmet, end, uncovered.length, add)
  await tellStrays(ask, end, add)
  const { newest, count, lost } = checkpoints
  tellEpoch(state.epoch, newest?.epoch ?? 1, add)
  const epochs = await readEpochs(ask, starts, { lost, older: anew.found, accepted }, add)
  await tellGuards(connection, guards, add)
  const { waiting, waitingSince } = state
  return {
    verification: {
      leaves: end,
      waiting,
      waitingSince,
      checkpoints: count,
      newest,
      epochs,
      findings,
      omitted: omitted(),
    },
    lostAt,
  }
}

// Of very many, the first are enough to tell.
const notesWhere = async (ask: Ask, condition: string, size: number) => {
  const statement = `SELECT ${noteColumns} FROM audit_checkpoint WHERE ${condition} ORDER BY tree_size, epoch LIMIT 10000`
  return (await ask(statement, [size])).map(noteOf)
}
