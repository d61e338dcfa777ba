import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Transaction } from '../database/transact.ts'
import type { WorkContext } from '../graphql/context.ts'
import type { Secrets } from '../secrets.ts'

const message = z.object({
  /** The recipient's address. */
  to: z.string(),
  /** Without personal data: it is shown on locked screens. */
  subject: z.string(),
  text: z.string(),
  /** A whole document; loads nothing. */
  html: z.string(),
})

/** What a mail says, and to whom. */
export type Message = z.infer<typeof message>

/** A mail to be sent. */
export type NewMail = Message & {
  /** What it is about, for whoever looks after the queue: `invitation`. */
  kind: string
  /** It is of no use afterwards, and not sent any more. */
  expiresAt?: Date | undefined
}

/**
 * Queues a mail in the caller's transaction: it will be sent if that is committed, and not otherwise (a transactional
 * outbox). Until then the database holds it sealed. Only where mails can be sent: see `context.mail`.
 */
export async function queueMail(
  tx: Transaction,
  { secrets, mail }: Pick<WorkContext, 'secrets' | 'mail'>,
  { kind, expiresAt, ...content }: NewMail,
): Promise<void> {
  if (!mail) throw new Error('no mail server is set, so the mail would stay here for ever')
  const id = uuidv7()
  const sealed = secrets.seal(placeOf(id), JSON.stringify(content))
  await tx.outgoingMail.create({ data: { id, kind, message: sealed, expiresAt: expiresAt ?? null } })
}

/** Reads a queued mail again. Throws if it was sealed elsewhere, or with another secret. */
export const openMessage = (secrets: Secrets, { id, message: sealed }: { id: string; message: Uint8Array }): Message =>
  message.parse(JSON.parse(secrets.open(placeOf(id), sealed)))

const placeOf = (id: string) => `outgoing_mail.message ${id}`
