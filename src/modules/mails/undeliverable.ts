import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { aboutAddress } from '../../mail/bounces/status.ts'
import { recipientHash } from '../../mail/outbox.ts'
import { writeEntries } from '../audit/write.ts'
import { markStaff } from './undeliverable-staff.ts'

/**
 * Notes that a mail could not be delivered, once, and if the status (RFC 3463) says that there is no such mailbox, that of the address
 * that it went to, a contact's or one of ours: no further mails go to a contact there, nor reports to anybody. The log tells both. Nothing happens for a mail that is not known any more.
 */
export async function noteUndeliverable(context: WorkContext, mailId: string, status: string): Promise<void> {
  try {
    await transact(context, 'noteUndeliverable', (tx) => note(tx, context, mailId, status))
  } catch (error) {
    // Erased meanwhile: nothing is known of them any more that could be marked.
    if (!(error instanceof LetheError && ['NOT_FOUND', 'UNREADABLE'].includes(error.code))) throw error
  }
}

async function note(tx: Transaction, context: WorkContext, id: string, status: string): Promise<void> {
  const now = new Date()
  const where = { id, bouncedAt: null, state: { in: ['sending', 'sent', 'failed'] } }
  const { count } = await tx.outgoingMail.updateMany({ where, data: { bouncedAt: now, bounce: status } })
  const mail = count > 0 ? await tx.outgoingMail.findUnique({ where: { id } }) : null
  context.log.warn({ mail: id, kind: mail?.kind, status, known: mail !== null }, 'a mail could not be delivered')
  if (mail && !mail.contactId && mail.recipient && aboutAddress(status)) {
    await markStaff(tx, context, mail.recipient, now)
  }
  if (!mail?.contactId) return
  const { contactId } = mail
  await writeEntries(tx, context, [
    {
      ...{ contactId, action: 'updated', operation: 'noteUndeliverable', entity: 'ContactMail', entityId: id },
      changes: { bouncedAt: { new: now.toISOString() } },
    },
  ])
  if (!aboutAddress(status)) return
  const emails = await tx.contactPoint.findMany({ where: { contactId, kind: 'email', undeliverableAt: null } })
  const gone = emails.filter(({ value }) => recipientHash(context.secrets, value) === mail.recipient)
  for (const point of gone) {
    await tx.contactPoint.update({
      where: { contactId_id: { contactId, id: point.id } },
      data: { undeliverableAt: now },
    })
  }
}
