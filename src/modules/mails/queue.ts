import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type NewMail, queueMail } from '../../mail/outbox.ts'
import { writeEntries } from '../audit/write.ts'

type Content = Pick<NewMail, 'kind' | 'to' | 'subject' | 'text' | 'html' | 'expiresAt'>

/**
 * A mail to a contact, or to somebody who may be one. One that serves a purpose tells how to end that, in its text and for
 * mail programs (`unsubscribe`: of `unsubscribeLink`); one about a request may do so.
 */
export type NewContactMail = Content &
  (
    | { contactId: string; purpose: string | readonly string[]; unsubscribe: { url: string } }
    | { contactId: string; purpose?: undefined; unsubscribe?: { url: string } }
    | { requestId: string; unsubscribe?: { url: string } }
  )

/**
 * Queues a mail in the caller's transaction, sealed under the contact's key. Right before it is sent it is asked whether it
 * still may be: not to who was erased or merged, not for purposes that they may not all be processed for any more (`mayProcess`),
 * not at an address that they have not any more (but to ask whether it is theirs), and not about a request none of whose links is open any more. Then it is
 * cancelled, what it says is forgotten, and the log tells.
 */
export async function queueContactMail(
  tx: Transaction,
  context: WorkContext,
  { unsubscribe, ...mail }: NewContactMail,
): Promise<void> {
  const { kind, to, subject, text, html, expiresAt } = mail
  const purposes = 'purpose' in mail && mail.purpose ? [mail.purpose].flat() : []
  const about = 'requestId' in mail ? { requestId: mail.requestId } : { contactId: mail.contactId, purposes }
  const unsubscribeUrl = unsubscribe?.url
  const content = { kind, to, subject, text, html, expiresAt, ...(unsubscribeUrl && { unsubscribeUrl }) }
  const id = await queueMail(tx, context, { ...content, about })
  if ('requestId' in mail) return
  const { contactId } = mail
  const changes = {
    kind: { new: kind },
    ...(purposes.length > 0 && { purposes: { new: purposes } }),
    state: { new: 'queued' },
  }
  await writeEntries(tx, context, [
    { contactId, action: 'created', operation: 'queueMail', entity: 'ContactMail', entityId: id, changes },
  ])
}

/** Cancels what is queued to contacts for purposes, or all of it without any, in the caller's transaction; and tells the log. */
export async function cancelMails(
  tx: Transaction,
  context: WorkContext,
  { contactIds, purposes, reason }: { contactIds: readonly string[]; purposes?: readonly string[]; reason: string },
): Promise<void> {
  const where = {
    contactId: { in: [...contactIds] },
    state: { in: ['queued', 'sending'] },
    ...(purposes && { purposes: { hasSome: [...purposes] } }),
  }
  const waiting = await tx.outgoingMail.findMany({ where, select: { id: true, contactId: true, state: true } })
  if (waiting.length === 0) return
  await tx.outgoingMail.updateMany({
    where: { id: { in: waiting.map(({ id }) => id) } },
    data: { state: 'cancelled', message: null, fault: reason },
  })
  await writeEntries(
    tx,
    context,
    waiting.flatMap(({ id, contactId, state }) => (contactId ? [stateEntry(contactId, id, state, 'cancelled')] : [])),
  )
}

/** What the log tells of a mail that was sent or cancelled. */
export const stateEntry = (contactId: string, id: string, before: string, state: 'sent' | 'cancelled') => ({
  contactId,
  action: 'updated' as const,
  operation: state === 'sent' ? 'sendMail' : 'cancelMail',
  entity: 'ContactMail',
  entityId: id,
  changes: { state: { old: before, new: state } },
})
