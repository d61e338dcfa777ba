import type { Erasure } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { ErasureDecision } from '../module.ts'
import { decisionOf } from './decision.ts'
import { type ErasureOrder, executeErasure } from './engine/execute.ts'
import { ErasureHeld } from './engine/holder.ts'
import { holdsOnPersons } from './held.ts'
import type { ErasureFacts } from './register.ts'

// What executing the erasure of one contact and of a set have in common.

/** What became of it: `held` looks again later. */
export type Performed = 'done' | 'held' | 'stopped'

/** Whom to erase now, and what was decided and is known of it. */
export type Ready = { contactIds: string[]; decision: ErasureDecision; facts: ErasureFacts }

/** The same of an erasure that begins. */
export const readyFor = (erasure: Erasure, contactIds: string[], set: ErasureFacts['set']): Ready => ({
  contactIds,
  decision: decisionOf(erasure),
  facts: factsOf(erasure, set),
})

const factsOf = (erasure: Erasure, set: ErasureFacts['set']): ErasureFacts => ({
  set,
  requestId: erasure.requestId,
  requester: { kind: erasure.requesterKind, id: erasure.requesterId },
  requestedAt: erasure.requestedAt.toISOString(),
  approverIds: erasure.approverIds,
  approvedAt: erasure.approvedAt?.toISOString() ?? null,
  toldAt: erasure.toldAt?.toISOString() ?? null,
  toldHow: erasure.toldHow,
})

/** Executes it, unless a hold that was placed meanwhile stops it. */
export async function execute(context: WorkContext, order: ErasureOrder): Promise<'done' | 'held'> {
  try {
    await executeErasure(context, order)
    return 'done'
  } catch (error) {
    if (error instanceof ErasureHeld) return 'held'
    throw error
  }
}

/** Where there was nobody to erase (any more), nothing happened. */
export const closeUndone = (context: WorkContext, where: { id: string } | { setId: string }): Promise<unknown> =>
  transact(context, 'finishErasure', (tx) =>
    tx.erasure.updateMany({
      where: { ...where, state: 'executing' },
      data: { state: 'cancelled', contacts: 0, decidedAt: new Date() },
    }),
  )

/** Notes which of these contacts a hold stops, and which not any more. Returns whether there is any. */
export async function noteHolds(
  tx: Transaction,
  context: WorkContext,
  erasureId: string,
  contactIds: readonly string[],
): Promise<boolean> {
  const holds = await holdsOnPersons(tx, context, contactIds)
  const contactId = { in: [...contactIds] }
  const held = [...holds.keys()]
  await tx.erasureSubject.updateMany({
    where: { erasureId, contactId: { ...contactId, notIn: held }, heldSince: { not: null } },
    data: { heldSince: null },
  })
  if (held.length > 0)
    await tx.erasureSubject.updateMany({
      where: { erasureId, contactId: { in: held }, heldSince: null },
      data: { heldSince: new Date() },
    })
  return held.length > 0
}
