import type { Module } from '../../module.ts'

/** Which of these contacts must not be erased, and why: the hold that is in force the longest. */
export const erasureHold: NonNullable<Module['erasureHold']> = async (tx, contactIds) => {
  const holds = await tx.legalHold.findMany({
    where: { contactId: { in: [...contactIds] }, liftedAt: null },
    orderBy: { placedAt: 'desc' },
  })
  return new Map(holds.map(({ contactId, reason, placedAt }) => [contactId, { reason, since: placedAt }]))
}
