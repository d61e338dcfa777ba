import type { RecipientNotice } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { seenAmong } from '../contacts/sight.ts'

type Told = { state: 'told'; how: string; at: Date } | { state: 'not_possible'; how: string }

/**
 * Notes that staff told a recipient, and how; or why that is not possible, or would take more than can be asked for (Art. 19 GDPR).
 * Throws NOT_FOUND and INVALID_INPUT.
 */
export function recordTold(
  context: WorkContext,
  { contactId, id }: { contactId: string; id: string },
  told: Told,
): Promise<RecipientNotice> {
  const faults: Fault[] = []
  const field = told.state === 'told' ? 'how' : 'reason'
  const how = checkText(told.how, field, { max: 500 }, faults)
  if (!how && faults.length === 0) faults.push({ field, message: 'Say it in a few words.', rule: 'missing' })
  if (told.state === 'told' && told.at > new Date()) faults.push({ field: 'at', message: 'Must not be in the future.' })
  if (faults.length > 0) throw invalidInput(faults)
  return transact(context, told.state === 'told' ? 'recordRecipientTold' : 'recordRecipientNotTold', async (tx) => {
    const [seen] = await seenAmong(tx, context, [contactId])
    const where = { contactId_id: { contactId, id } }
    const notice = seen && (await tx.recipientNotice.findUnique({ where }))
    if (!notice) throw notFound('RecipientNotice')
    if (notice.state === 'told')
      throw invalidInput([{ field: 'id', message: 'The recipient was told already.', rule: 'told' }])
    await tx.recipientSending.deleteMany({ where: { contactId, noticeId: id } })
    const toldAt = told.state === 'told' ? told.at : null
    return tx.recipientNotice.update({ where, data: { state: told.state, how, toldAt } })
  })
}
