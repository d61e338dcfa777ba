import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type MailLanguage, mailLanguage } from '../../mail/layout.ts'
import { textIn, textsIn } from '../lawfulness/texts.ts'
import { mailWithdrawn } from './mails.ts'

/**
 * Confirms to a contact, by mail where they have an address and mails can be sent, that they don't consent any more, in the caller's
 * unit of work: whoever it was not can say so.
 *
 * @param purposes The keys of those that ended; without any, nothing is said.
 * @param language Of the page where it happened; else the contact's.
 */
export async function tellWithdrawn(
  tx: Transaction,
  context: WorkContext,
  contactId: string,
  purposes: readonly string[],
  language?: MailLanguage,
): Promise<void> {
  if (purposes.length === 0 || !context.mail) return
  const address = await tx.contactPoint.findFirst({
    where: { contactId, kind: 'email', undeliverableAt: null },
    orderBy: [{ primary: 'desc' }, { id: 'asc' }],
  })
  if (!address) return
  const contact = await tx.contact.findUnique({ where: { id: contactId }, select: { language: true } })
  const reader = { to: address.value, language: language ?? mailLanguage(contact?.language?.slice(0, 2) ?? 'en') }
  const rows = await tx.purpose.findMany({ where: { key: { in: [...purposes] } }, orderBy: { key: 'asc' } })
  const names = rows.map(({ key, names }) => textIn(textsIn(names), reader.language) || key)
  await mailWithdrawn(tx, context, reader, { contactId, purposes: names, at: new Date() })
}
