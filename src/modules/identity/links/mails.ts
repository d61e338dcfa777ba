import type { User } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { layOut, mailLanguage } from '../../../mail/layout.ts'
import { queueMail } from '../../../mail/outbox.ts'
import type { NewLink } from './links.ts'
import { linkTexts, pointInTime, type Reader } from './texts.ts'

/** Whom a mail is for. */
export type Recipient = Pick<User, 'email' | 'name' | 'language'>

/** Queues the invitation of a user, with a link. */
export async function mailInvitation(
  tx: Transaction,
  context: WorkContext,
  to: Recipient,
  link: NewLink,
): Promise<void> {
  const reader = readerOf(context, to)
  const content = linkTexts[reader.language].invitation(reader, await nameOfActor(tx, context), told(reader, link))
  await queueMail(tx, context, { kind: 'invitation', to: to.email, expiresAt: link.expiresAt, ...layOut(content) })
}

/** Queues the mail by which a user chooses a new password. */
export async function mailReset(tx: Transaction, context: WorkContext, to: Recipient, link: NewLink): Promise<void> {
  const reader = readerOf(context, to)
  const content = linkTexts[reader.language].reset(reader, told(reader, link))
  await queueMail(tx, context, { kind: 'password-reset', to: to.email, expiresAt: link.expiresAt, ...layOut(content) })
}

/** Queues the mail to a user who asked for a new password and has none, since an identity provider lets them in. */
export async function mailSignsInElsewhere(tx: Transaction, context: WorkContext, to: Recipient): Promise<void> {
  const reader = readerOf(context, to)
  const content = linkTexts[reader.language].elsewhere(reader)
  await queueMail(tx, context, { kind: 'password-reset', to: to.email, ...layOut(content) })
}

/** Tells a user that their password was changed, in case it wasn't they who did it (ASVS 6.3.7). Only where mails can be sent. */
export async function mailPasswordChanged(tx: Transaction, context: WorkContext, to: Recipient): Promise<void> {
  if (!context.mail) return
  const reader = readerOf(context, to)
  const content = linkTexts[reader.language].changed(reader, pointInTime(reader.language, new Date()))
  await queueMail(tx, context, { kind: 'password-changed', to: to.email, ...layOut(content) })
}

/** Tells a user that they sign in at the identity provider from now on (ASVS 6.3.7). Only where mails can be sent. */
export async function mailLinked(tx: Transaction, context: WorkContext, to: Recipient): Promise<void> {
  if (!context.mail) return
  const reader = readerOf(context, to)
  const content = linkTexts[reader.language].linked(reader, pointInTime(reader.language, new Date()))
  await queueMail(tx, context, { kind: 'provider-linked', to: to.email, ...layOut(content) })
}

const readerOf = ({ publicUrl }: WorkContext, { name, language }: Recipient): Reader => ({
  name,
  language: mailLanguage(language),
  host: new URL(publicUrl).host,
})

const told = ({ language }: Reader, { url, expiresAt }: NewLink) => ({ url, until: pointInTime(language, expiresAt) })

async function nameOfActor(tx: Transaction, { actor }: WorkContext) {
  if (actor.kind !== 'user' || !actor.id) return undefined
  const user = await tx.user.findUnique({ where: { id: actor.id }, select: { name: true, email: true } })
  return user?.name || user?.email
}
