import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'

const day = 24 * 3_600_000
const batch = 500
const keptAfterwards = 30 * day

/**
 * Forgets links that have expired: of requests at once, since an unconfirmed one leaves nothing; of contacts after 30 days, until
 * when their pages still know what they were.
 */
export async function forgetExpiredLinks(context: WorkContext): Promise<void> {
  await context.database.requestLink.deleteMany({ where: { expiresAt: { lte: new Date() } } })
  while ((await transact(context, 'forgetExpiredLinks', forgetBatch)) === batch);
}

async function forgetBatch(tx: Transaction): Promise<number> {
  const expired = await tx.contactLink.findMany({
    where: { expiresAt: { lte: new Date(Date.now() - keptAfterwards) } },
    select: { contactId: true, id: true },
    take: batch,
  })
  if (expired.length > 0) await tx.contactLink.deleteMany({ where: { OR: expired } })
  return expired.length
}
