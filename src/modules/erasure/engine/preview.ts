import { createAdmission } from '../../../admission.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { notFound } from '../../../graphql/errors.ts'
import { answering, isBound, seenAmong } from '../../contacts/sight.ts'
import type { ErasureDecision, ErasureHold } from '../../module.ts'
import { countHeld } from './count.ts'
import { eraseInModules, type ModuleOutcome } from './erase.ts'
import { holdsOn } from './holder.ts'
import { personsOf } from './persons.ts'
import { retainedOf } from './retained.ts'
import { workOf } from './work.ts'

/** What would come of an erasure. */
export type Preview = {
  /** All that would be erased: those asked for, and those that are the same persons, of these the ones that the caller sees. */
  contactIds: readonly string[]
  modules: readonly ModulePreview[]
  /** Whom a legal hold keeps from being erased for now. */
  held: readonly (ErasureHold & { contactId: string })[]
}

/** What would come of it in one module, in rows by model. */
export type ModulePreview = ModuleOutcome & { restricted: readonly Restricted[] }

/** Records that would be kept restricted, since a law obliges to. `until` is exclusive. */
export type Restricted = { model: string; kind: string; citation: string; key: string; until: Date; rows: number }

/**
 * Tells what an erasure would do, by really doing it in a transaction that is taken back. Leaves no trace. Throws NOT_FOUND for contacts
 * that aren't there, or that the caller doesn't see.
 */
export async function previewErasure(
  context: WorkContext,
  contactIds: readonly string[],
  decision: ErasureDecision,
): Promise<Preview> {
  const work = workOf(context)
  let preview: Preview | undefined
  const look = async (tx: Transaction) => {
    await refuseUnseen(tx, context, contactIds)
    const ids = [...(await seenAmong(tx, answering(context), await personsOf(tx, contactIds)))]
    const held = [...(await holdsOn(tx, work, ids))].map(([contactId, hold]) => ({ contactId, ...hold }))
    const counts = await countHeld(tx, work.database, work.holders, ids)
    const restricted = new Map<string, Restricted & { module: string }>()
    for await (const { module, model, kind, retention } of retainedOf(tx, work, counts, decision)) {
      const key = JSON.stringify([module, model, kind, retention])
      const known = restricted.get(key) ?? { module, model, kind, ...retention, rows: 0 }
      restricted.set(key, { ...known, rows: known.rows + 1 })
    }
    // The log isn't written: it would be taken back, and whoever looks at the same time would wait for it.
    const { outcomes } = await eraseInModules(tx, work, ids, decision)
    const modules = outcomes.map((outcome) => ({
      ...outcome,
      restricted: [...restricted.values()].flatMap(({ module, ...one }) => (module === outcome.module ? [one] : [])),
    }))
    preview = { contactIds: ids, modules, held }
    throw new TakenBack()
  }
  try {
    // The contacts must be known before; they are the same persons whoever looks.
    const erasing = await personsOf(work.database, contactIds)
    await admit(() => transact(work, 'previewErasure', look, { erasing }))
  } catch (error) {
    if (!(error instanceof TakenBack) || !preview) throw error
  }
  if (!preview) throw new Error('the preview was not taken back')
  return preview
}

// It locks what it erases: of those that wait for each other, each has a connection that others need.
const admit = createAdmission({
  ...{ running: 2, waiting: 100 },
  message: 'Too many previews of erasures are being made at the moment: try again in a few seconds.',
})

/** Makes the transaction be taken back. */
class TakenBack extends Error {}

async function refuseUnseen(tx: Transaction, context: WorkContext, contactIds: readonly string[]) {
  const wanted = [...new Set(contactIds)]
  const found = await tx.contact.count({ where: { id: { in: wanted } } })
  const seen = isBound(context) ? (await seenAmong(tx, answering(context), wanted)).size : wanted.length
  if (found < wanted.length || seen < wanted.length) throw notFound('Contact')
}
