import { openContactMessage } from '../../mail/outbox.ts'
import { asRecord, rowsOf } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { mailOperations, mailTexts } from './disclosure-texts.ts'

/** What this module holds about a contact: mails on their way, that there were others, and links in them. */
export const mailData: PersonalData = {
  categories: ['mails', 'legal grounds', 'history'],
  models: ['OutgoingMail', 'ContactLink'],
  logged: { ContactLink: 'history', ContactMail: 'mails' },
  texts: mailTexts,
  operations: mailOperations,
  async *disclose(held) {
    const { tx, keys } = held
    for await (const mail of rowsOf(held, (page) => tx.outgoingMail.findMany(page))) {
      const { id, kind, purposes, state, createdAt, sentAt, bouncedAt, bounce, message } = mail
      const content = message && (await openContactMessage(keys, { id, contactId: held.contactId, message }))
      const sealed = content && { to: content.to, subject: content.subject, text: content.text }
      const record = asRecord({ kind, purposes, state, queuedAt: createdAt, sentAt, bouncedAt, bounce, ...sealed })
      yield { kind: 'mail', category: 'mails', record }
    }
    // The tokens are known to whoever got the mails, and to nobody here.
    for await (const link of rowsOf(held, (page) => tx.contactLink.findMany(page))) {
      const { kind, purposes, createdAt, usedAt, expiresAt } = link
      yield {
        kind: 'mailLink',
        category: 'history',
        record: asRecord({ kind, purposes, createdAt, usedAt, expiresAt }),
      }
    }
  },
  async erase(tx, contactIds, decision) {
    const where = { contactId: { in: [...contactIds] } }
    const links = concerns(decision, 'history') ? await tx.contactLink.deleteMany({ where }) : { count: 0 }
    const erased = { ContactLink: links.count }
    if (!concerns(decision, 'mails')) return { ...nothingErased, erased }
    const waiting = { ...where, state: { in: ['queued', 'sending'] } }
    await tx.outgoingMail.updateMany({ where: waiting, data: { state: 'cancelled', fault: 'erased' } })
    // What is left counts for the queue, and says nothing of anybody.
    const { count } = await tx.outgoingMail.updateMany({
      where,
      data: {
        contactId: null,
        kind: 'erased',
        purposes: [],
        message: null,
        recipient: '',
        bouncedAt: null,
        bounce: '',
      },
    })
    return { ...nothingErased, erased, anonymised: { OutgoingMail: count } }
  },
}
