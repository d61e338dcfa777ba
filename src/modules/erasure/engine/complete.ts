import { type Transaction, transact } from '../../../database/transact.ts'
import type { LedgerEntry } from '../../../ledger/ledger.ts'
import { notePosition } from '../../../ledger/position.ts'
import { writeErased } from '../../audit/write.ts'
import { settleRetained } from '../../retention/kept/settle.ts'
import { recordExecuted } from '../register.ts'
import type { ErasedBody } from './body.ts'
import { eraseInModules, type ModuleOutcome, type Progress, sumOf } from './erase.ts'
import type { Work } from './work.ts'

const longest = 3_600_000

type Completion = {
  /** What is done first in the transaction: it may refuse. */
  prepare: (tx: Transaction) => Promise<void>
  /** Gives the entry in the ledger, which is durable then. */
  enter: () => Promise<LedgerEntry>
  at: Progress
  /** It was executed before, as the ledger says. */
  replay?: boolean
}

/**
 * Erases in one transaction, which is committed only once the ledger has it. Nothing may fail between the two: so all entries are in the log
 * and all guards have agreed before. Only whoever has the turn (`whileErasing`) may.
 */
export async function eraseRows(
  work: Work,
  { erasureId, contactIds, decision, facts, retained }: ErasedBody,
  { prepare, enter, at, replay = false }: Completion,
): Promise<LedgerEntry> {
  let outcomes: ModuleOutcome[] = []
  let entry: LedgerEntry | undefined
  const run = async (tx: Transaction) => {
    await tx.$executeRaw`SELECT set_config('statement_timeout', '0', true)`
    await lockContacts(tx, contactIds)
    await prepare(tx)
    for (const tell of decision.categories === null ? (work.beforeErasures ?? []) : [])
      await tell(tx, contactIds, decision.at)
    const erased = await eraseInModules(tx, work, contactIds, decision, at)
    await writeErased(tx, work, erasureId, erased.rows)
    outcomes = erased.outcomes
    await at('erased')
  }
  const last = async (tx: Transaction) => {
    // Tried again after a concurrent change, it is the same erasure, and has its entry.
    entry ??= await enter()
    await at('entered')
    const { sequence, hash } = entry
    const outcome = sumOf(outcomes)
    const kept = { outcome, retained, position: { sequence, hash }, replay }
    await recordExecuted(tx, { erasureId, decision, facts, contactIds, ...kept })
    await settleRetained(tx, retained)
    await notePosition(tx, entry)
    await at('noted')
  }
  await transact(work, 'executeErasure', run, { erasing: contactIds, last, timeout: longest })
  await at('committed')
  if (!entry) throw new Error('the erasure has no entry in the ledger')
  return entry
}

/** Nobody adds anything to these contacts from here on: who tries waits, and finds them gone. */
const lockContacts = (tx: Transaction, contactIds: readonly string[]) =>
  tx.$executeRaw`SELECT FROM contact WHERE contact_id = ANY(${contactIds}::uuid[]) ORDER BY contact_id FOR UPDATE`

/** Destroys the keys of whoever is gone, which fences every process, and notes in the key store how far it is. */
export async function destroyKeys(
  { keys }: Work,
  { contactIds, decision }: Pick<ErasedBody, 'contactIds' | 'decision'>,
  entry: LedgerEntry,
  at: Progress,
): Promise<void> {
  if (decision.categories === null) await keys.destroy(contactIds)
  await at('destroyed')
  await keys.noteLedger(entry)
  await at('done')
}
