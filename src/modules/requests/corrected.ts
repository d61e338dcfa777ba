import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { rectifiedTypes } from '../recipients/fields.ts'

/** Whether anything that is kept about a contact was corrected since then, as the log tells. What they ask for is none of it. */
export async function correctedSince(
  tx: Transaction,
  { tellings = [] }: Pick<WorkContext, 'tellings'>,
  contactId: string,
  since: Date,
): Promise<boolean> {
  const types = [...rectifiedTypes, ...tellings.flatMap(({ entities }) => entities)]
  const entry = await tx.auditEntry.findFirst({
    where: {
      contactId,
      entity: { in: types.filter((type) => type !== 'SubjectRequest') },
      action: { in: ['created', 'updated', 'removed'] },
      recordedAt: { gte: since },
      NOT: { entity: 'Contact', action: 'created' },
    },
    select: { id: true },
  })
  return entry !== null
}
