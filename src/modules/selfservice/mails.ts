import type { Contact } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { layOut, type MailContent, type MailLanguage } from '../../mail/layout.ts'
import type { WithPoints } from '../contacts/update.ts'
import { pointInTime } from '../identity/links/texts.ts'
import { queueContactMail } from '../mails/queue.ts'
import { contactTexts } from '../mails/texts.ts'
import { mailTexts } from './mail-texts.ts'

type Link = { url: string; expiresAt: Date }

const day = 24 * 60 * 60_000

/** Mails a contact the link to the page about themself. */
export async function mailLink(tx: Transaction, context: WorkContext, contact: Contact, to: string, link: Link) {
  const language = languageOf(context, contact)
  const content = contactTexts[language].selfService(told(language, link), context.organisation?.controller)
  await send(tx, context, { contactId: contact.id, to, kind: 'self-service-link', expiresAt: link.expiresAt }, content)
}

/** Mails the code by which a contact comes to the page. */
export async function mailCode(
  tx: Transaction,
  context: WorkContext,
  { contactId, address, language: wanted }: { contactId: string; address: string; language: string },
  { code, expiresAt }: { code: string; expiresAt: Date },
) {
  const language = languageOf(context, { language: wanted })
  const content = contactTexts[language].code(
    `${code.slice(0, 4)} ${code.slice(4)}`,
    pointInTime(language, expiresAt),
    context.organisation?.controller,
  )
  await send(tx, context, { contactId, to: address, kind: 'self-service-code', expiresAt }, content)
}

/** Tells whoever has an address that several contacts have it, so that it proves nobody's identity. */
export async function mailSharedAddress(
  tx: Transaction,
  context: WorkContext,
  { contactId, address, language }: { contactId: string; address: string; language: string },
) {
  const content = mailTexts[languageOf(context, { language })].sharedAddress(context.organisation?.controller)
  await send(tx, context, { contactId, to: address, kind: 'self-service-code', expiresAt: tomorrow() }, content)
}

/** Asks at a new address whether it is the contact's. */
export async function mailAddressQuestion(
  tx: Transaction,
  context: WorkContext,
  contact: Contact,
  to: string,
  link: Link,
) {
  const language = languageOf(context, contact)
  const content = mailTexts[language].addressQuestion(told(language, link), context.organisation?.controller)
  await send(
    tx,
    context,
    { contactId: contact.id, to, kind: 'self-service-address', expiresAt: link.expiresAt },
    content,
  )
}

/** Tells the former address that there is another one now, in case it wasn't the contact who did it. */
export async function mailAddressChanged(tx: Transaction, context: WorkContext, contact: Contact, to: string) {
  const content = mailTexts[languageOf(context, contact)].addressChanged(context.organisation?.controller)
  await send(tx, context, { contactId: contact.id, to, kind: 'self-service-address', expiresAt: undefined }, content)
}

/** Tells a contact what was decided over a correction. What it was about stands on the page, and not in a mail. */
export async function mailDecision(
  tx: Transaction,
  context: WorkContext,
  { contact, points }: WithPoints,
  decision: 'accepted' | 'rejected',
) {
  const emails = points.filter(({ kind, undeliverableAt }) => kind === 'email' && !undeliverableAt)
  const to = (emails.find(({ primary }) => primary) ?? emails[0])?.value
  if (!to || !context.mail) return
  const content = mailTexts[languageOf(context, contact)][decision](
    `${context.publicUrl}/my`,
    context.organisation?.controller,
  )
  await send(tx, context, { contactId: contact.id, to, kind: 'self-service-decision', expiresAt: undefined }, content)
}

type Sending = { contactId: string; to: string; kind: string; expiresAt: Date | undefined }

const send = (tx: Transaction, context: WorkContext, sending: Sending, content: MailContent) =>
  queueContactMail(tx, context, { ...sending, ...layOut(content) })

const told = (language: MailLanguage, { url, expiresAt }: Link) => ({ url, until: pointInTime(language, expiresAt) })

const tomorrow = () => new Date(Date.now() + day)

/** The contact's own; without one, that of the country that we are in. */
function languageOf({ country }: Pick<WorkContext, 'country'>, { language }: { language: string }): MailLanguage {
  const [base] = language.toLowerCase().split('-')
  if (base === 'de' || base === 'en') return base
  return base === '' && ['DE', 'AT', 'CH', 'LI'].includes(country) ? 'de' : 'en'
}
