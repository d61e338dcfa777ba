import type { Transaction } from '../../../database/transact.ts'
import type { ErasedRows } from '../../audit/write.ts'
import type { Text } from '../../disclosed.ts'
import type { ErasureDecision, ErasureOutcome } from '../../module.ts'
import { type Counts, countHeld, rowsIn } from './count.ts'
import type { Work } from './work.ts'

/** What came of an erasure in one module. */
export type ModuleOutcome = ErasureOutcome & { module: string }

/** Called between the steps of an erasure, with what was just done. */
export type Progress = (step: string) => Promise<void> | void

/**
 * Erases contacts in all modules, the last one first, in the caller's transaction, which is about these contacts (`transact(…, {
 * erasing })`). Afterwards it is counted what is left: rows about a contact that is gone, of which no module says that it keeps them,
 * are a fault of the module, and nothing happens. `rows`: by contact and model, how many went, for the log to tell (`writeErased`).
 */
export async function eraseInModules(
  tx: Transaction,
  context: Work,
  contactIds: readonly string[],
  decision: ErasureDecision,
  progress: Progress = () => undefined,
): Promise<{ outcomes: ModuleOutcome[]; rows: ErasedRows[] }> {
  const { holders, database } = context
  const before = await countHeld(tx, database, holders, contactIds)
  const outcomes: ModuleOutcome[] = []
  for (const { module, erase } of holders.toReversed()) {
    outcomes.unshift({ module, ...(await erase(tx, contactIds, decision, context)) })
    await progress(`erased ${module}`)
  }
  const after = await countHeld(tx, database, holders, contactIds)
  if (decision.categories === null) refuseLeftovers(after, outcomes)
  return { outcomes, rows: gone(contactIds, before, after, outcomes) }
}

function refuseLeftovers(after: Counts, outcomes: readonly ModuleOutcome[]) {
  const kept = new Set(outcomes.flatMap((outcome) => Object.keys(outcome.kept)))
  const left = [...after].filter(([model, rows]) => rows.size > 0 && !kept.has(model)).map(([model]) => model)
  if (left.length > 0) throw new Error(`The erasure left rows that no module says it keeps: of ${left.join(', ')}.`)
}

/** What went of each contact, by model; of rows that stayed without what was in them, all of the contact's. */
function gone(contactIds: readonly string[], before: Counts, after: Counts, outcomes: readonly ModuleOutcome[]) {
  const emptied = new Set(
    outcomes.flatMap(({ anonymised }) => Object.keys(anonymised).filter((model) => anonymised[model])),
  )
  const entries: ErasedRows[] = []
  for (const model of before.keys()) {
    for (const contactId of contactIds) {
      const [had, has] = [rowsIn(before, model, contactId), rowsIn(after, model, contactId)]
      const rows = emptied.has(model) ? had : had - has
      if (rows > 0) entries.push({ contactId, model, rows })
    }
  }
  return entries
}

/** The outcomes of all modules in one. */
export function sumOf(outcomes: readonly ErasureOutcome[]): ErasureOutcome {
  const erased: Record<string, number> = {}
  const anonymised: Record<string, number> = {}
  const kept: Record<string, { rows: number; reason: Text }> = {}
  for (const outcome of outcomes) {
    for (const [model, rows] of Object.entries(outcome.erased)) erased[model] = (erased[model] ?? 0) + rows
    for (const [model, rows] of Object.entries(outcome.anonymised)) anonymised[model] = (anonymised[model] ?? 0) + rows
    Object.assign(kept, outcome.kept)
  }
  return { erased, anonymised, kept }
}
