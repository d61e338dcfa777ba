import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'

const batch = 500

/** Forgets what has expired: of requests that nobody confirmed nothing is left. */
export async function forgetExpired(context: WorkContext): Promise<void> {
  const { database } = context
  const where = { expiresAt: { lte: new Date() } }
  await database.consentRequest.deleteMany({ where })
  await database.consentWish.deleteMany({ where })
  await database.consentCall.deleteMany({ where })
  await database.spentProof.deleteMany({ where })
  while ((await transact(context, 'forgetExpiredHandles', forgetHandles)) === batch);
}

async function forgetHandles(tx: Transaction): Promise<number> {
  const where = { expiresAt: { lte: new Date() } }
  const expired = await tx.consentHandle.findMany({ where, select: { contactId: true, id: true }, take: batch })
  if (expired.length > 0) await tx.consentHandle.deleteMany({ where: { OR: expired } })
  return expired.length
}
