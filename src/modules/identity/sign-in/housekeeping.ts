import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { familiarFor, familiarPrefix, longestMemory } from './attempts.ts'

const day = 24 * 3_600_000

/** How long a link that is over stays to be seen in the database, in milliseconds. */
const linksStay = 30 * day

// Held meanwhile: of several processes, one does it.
const lock = 5_384_846

/** Removes what is over and tells nothing any more, unless another process is at it. */
export async function keepHouse(context: WorkContext): Promise<void> {
  await transact(context, 'housekeeping', async (tx) => {
    const [turn] = await tx.$queryRaw<{ ours: boolean }[]>`SELECT pg_try_advisory_xact_lock(${lock}::bigint) AS ours`
    if (turn?.ours) await removeWhatIsOver(tx)
  })
}

async function removeWhatIsOver(tx: Transaction) {
  const ago = (milliseconds: number) => new Date(Date.now() - milliseconds)
  const over = ago(0)
  await tx.signInChallenge.deleteMany({ where: { expiresAt: { lt: over } } })
  await tx.refreshToken.deleteMany({
    where: { session: { OR: [{ endedAt: { not: null } }, { expiresAt: { lt: over } }] } },
  })
  await tx.attemptLevel.deleteMany({
    where: {
      OR: [
        { updatedAt: { lt: ago(longestMemory) }, NOT: { key: { startsWith: familiarPrefix } } },
        { updatedAt: { lt: ago(familiarFor) } },
      ],
    },
  })
  const long = { lt: ago(linksStay) }
  await tx.signInLink.deleteMany({ where: { OR: [{ expiresAt: long }, { usedAt: long }] } })
}
