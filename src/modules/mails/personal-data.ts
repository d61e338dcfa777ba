import type { Keys } from '../../keys/keys.ts'
import { openContactMessage } from '../../mail/outbox.ts'
import type { PersonalData } from '../module.ts'

/** What this module holds about a contact: mails on their way, that there were others, and links in them. */
export const mailData: PersonalData = {
  categories: ['mails', 'legal grounds', 'history'],
  models: ['OutgoingMail', 'ContactLink'],
  async disclose(tx, contactId, keys) {
    const mails = await tx.outgoingMail.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
    const links = await tx.contactLink.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
    return {
      mails: await Promise.all(
        mails.map(async ({ id, kind, purposes, state, createdAt, sentAt, message }) => ({
          kind,
          purposes,
          state,
          queuedAt: createdAt.toISOString(),
          ...(sentAt && { sentAt: sentAt.toISOString() }),
          ...(message && { content: await contentOf(keys, { id, contactId, message }) }),
        })),
      ),
      // The tokens are known to whoever got the mails, and to nobody here.
      links: links.map(({ kind, purposes, createdAt, usedAt, expiresAt }) => ({
        kind,
        purposes,
        createdAt: createdAt.toISOString(),
        ...(usedAt && { usedAt: usedAt.toISOString() }),
        expiresAt: expiresAt.toISOString(),
      })),
    }
  },
  async erase(tx, contactId) {
    const links = await tx.contactLink.deleteMany({ where: { contactId } })
    const waiting = { contactId, state: { in: ['queued', 'sending'] } }
    await tx.outgoingMail.updateMany({ where: waiting, data: { state: 'cancelled', fault: 'erased' } })
    // What is left counts for the queue, and says nothing of anybody.
    const mails = await tx.outgoingMail.updateMany({
      where: { contactId },
      data: { contactId: null, purposes: [], message: null },
    })
    return { erased: { OutgoingMail: mails.count, ContactLink: links.count }, kept: {} }
  },
}

async function contentOf(keys: Keys, mail: Parameters<typeof openContactMessage>[1]) {
  const { to, subject, text } = await openContactMessage(keys, mail)
  return { to, subject, text }
}
