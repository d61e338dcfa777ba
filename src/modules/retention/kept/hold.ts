import { v7 as uuidv7 } from 'uuid'
import type { RetainedHold } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError, notFound } from '../../../graphql/errors.ts'
import { whileErasing } from '../../../ledger/turn.ts'
import { isBound } from '../../contacts/sight.ts'
import { checkedReason } from '../holds/reason.ts'

/**
 * Keeps what a law retains of somebody who was erased beyond its period, until that is lifted: while a tax is not assessed (§ 147(3) AO), or
 * for a claim at law (Art. 17(3)(e) GDPR). Waits while somebody erases, so that it holds from its commit on. Throws NOT_FOUND where
 * nothing is retained of them, CONFLICT where it is held, INVALID_INPUT.
 */
export async function holdRetained(context: Context, subjectId: string, reason: string): Promise<RetainedHold> {
  const data = {
    subjectId,
    id: uuidv7(),
    reason: checkedReason(reason),
    placedAt: new Date(),
    placerId: userIn(context),
  }
  return whileErasing(context.database, () =>
    transact(
      context,
      'holdRetainedRecords',
      async (tx) => {
        const found = isBound(context)
          ? null
          : await tx.retainedRecord.findFirst({ where: { subjectId, settled: true } })
        if (!found) throw notFound('RetainedRecord')
        if (await tx.retainedHold.findUnique({ where: { subjectId } })) {
          throw new LetheError('CONFLICT', 'What is retained of them is held already.')
        }
        return tx.retainedHold.create({ data })
      },
      { integrated: true },
    ),
  )
}

/** Lifts it: what is over ends within minutes. Throws NOT_FOUND. */
export const releaseRetained = (context: Context, subjectId: string): Promise<RetainedHold> =>
  transact(
    context,
    'releaseRetainedRecords',
    async (tx) => {
      const hold = isBound(context) ? null : await tx.retainedHold.findUnique({ where: { subjectId } })
      if (!hold) throw notFound('RetainedHold')
      await tx.retainedHold.deleteMany({ where: { subjectId } })
      return hold
    },
    { integrated: true },
  )

const userIn = ({ actor }: Context) => (actor.kind === 'user' ? actor.id : null)
