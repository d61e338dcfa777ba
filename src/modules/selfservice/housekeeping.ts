import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'

const day = 24 * 3_600_000
const batch = 500
const keptAfterwards = 30 * day

type Key = { contactId: string; id: string }

/**
 * Forgets codes that are too old, at once; and, 30 days after they were over, links, visits, and proposals that nobody confirmed or
 * that others replaced. Proposals over which staff decided stay, for the contact to see.
 */
export async function forgetWhatIsOver(context: WorkContext): Promise<void> {
  await context.database.selfServiceCode.deleteMany({ where: { expiresAt: { lt: new Date() } } })
  for (const forget of [forgetLinks, forgetVisits, forgetProposals]) {
    while ((await transact(context, 'forgetSelfService', forget)) === batch);
  }
}

const select = { contactId: true, id: true }
const long = () => ({ lt: new Date(Date.now() - keptAfterwards) })
const having = (keys: Key[]) => ({ where: { OR: keys } })

async function forgetLinks(tx: Transaction): Promise<number> {
  const over = await tx.selfServiceLink.findMany({ where: { expiresAt: long() }, select, take: batch })
  if (over.length > 0) await tx.selfServiceLink.deleteMany(having(over))
  return over.length
}

async function forgetVisits(tx: Transaction): Promise<number> {
  const over = await tx.selfServiceSession.findMany({ where: { expiresAt: long() }, select, take: batch })
  if (over.length > 0) await tx.selfServiceSession.deleteMany(having(over))
  return over.length
}

async function forgetProposals(tx: Transaction): Promise<number> {
  const where = { state: { in: ['unconfirmed', 'replaced'] }, proposedAt: long() }
  const over = await tx.correctionProposal.findMany({ where, select, take: batch })
  if (over.length > 0) await tx.correctionProposal.deleteMany(having(over))
  return over.length
}
