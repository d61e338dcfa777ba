import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { layOut, type MailLanguage } from '../../mail/layout.ts'
import { pointInTime } from '../identity/links/texts.ts'
import { queueContactMail } from './queue.ts'
import { type Asked, contactTexts } from './texts.ts'
import { unsubscribeLink } from './unsubscribe-link.ts'

// What contacts are written of themselves. All of it only where mails can be sent: see `context.mail`.

/** To whom, in which language. */
export type Reader = { to: string; language: MailLanguage }

/** A link for the mail, of `linkUrl`. */
export type MailLink = { url: string; expiresAt: Date }

/**
 * Asks whoever reads mails to an address whether they consent (double opt-in). The same mail whether or not they are a
 * contact. Its `List-Unsubscribe` refuses everything that was asked.
 *
 * @param asked The site by the name that its administrator gave it; purposes by their names in the reader's language.
 */
export async function mailConfirmation(
  tx: Transaction,
  context: WorkContext,
  reader: Reader,
  { requestId, asked, link }: { requestId: string; asked: Asked; link: MailLink },
): Promise<void> {
  const content = textsFor(reader).confirmation(asked, told(reader, link), controllerOf(context))
  const unsubscribe = { url: link.url }
  const mail = { kind: 'consent-confirmation', requestId, to: reader.to, expiresAt: link.expiresAt, unsubscribe }
  await queueContactMail(tx, context, { ...mail, ...layOut(content) })
}

/** Tells a contact what they have consented to, with the link to withdraw it. Serves these purposes: a withdrawal stops it. */
export async function mailConfirmed(
  tx: Transaction,
  context: WorkContext,
  reader: Reader,
  { contactId, asked, purposes }: { contactId: string; asked: Asked; purposes: readonly string[] },
): Promise<void> {
  const unsubscribe = await unsubscribeLink(tx, context, { contactId, purpose: purposes })
  const page = `${unsubscribe.url}&lang=${reader.language}`
  const content = textsFor(reader).confirmed(asked, page, controllerOf(context))
  const mail = { kind: 'consent-confirmed', contactId, purpose: purposes, to: reader.to, unsubscribe }
  await queueContactMail(tx, context, { ...mail, ...layOut(content) })
}

/** Sends a contact the link by which they withdraw what somebody asked to withdraw in their name. */
export async function mailWithdrawalLink(
  tx: Transaction,
  context: WorkContext,
  reader: Reader,
  { contactId, purposes, link }: { contactId: string; purposes: readonly string[]; link: MailLink },
): Promise<void> {
  const content = textsFor(reader).withdrawal(purposes, told(reader, link), controllerOf(context))
  const mail = { kind: 'withdrawal-link', contactId, to: reader.to, expiresAt: link.expiresAt }
  await queueContactMail(tx, context, { ...mail, ...layOut(content) })
}

/** Tells a contact that their withdrawal is recorded. `purposes`: their names. */
export async function mailWithdrawn(
  tx: Transaction,
  context: WorkContext,
  reader: Reader,
  { contactId, purposes, at }: { contactId: string; purposes: readonly string[]; at: Date },
): Promise<void> {
  const content = textsFor(reader).withdrawn(purposes, pointInTime(reader.language, at), controllerOf(context))
  await queueContactMail(tx, context, { kind: 'withdrawn', contactId, to: reader.to, ...layOut(content) })
}

const textsFor = ({ language }: Reader) => contactTexts[language]

const told = ({ language }: Reader, { url, expiresAt }: MailLink) => ({ url, until: pointInTime(language, expiresAt) })

const controllerOf = ({ organisation }: WorkContext) => organisation?.controller
