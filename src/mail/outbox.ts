import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Transaction } from '../database/transact.ts'
import type { WorkContext } from '../graphql/context.ts'
import { notFound } from '../graphql/errors.ts'
import type { ContactKey, Keys } from '../keys/keys.ts'
import type { Secrets } from '../secrets.ts'

const message = z.object({
  /** The recipient's address. */
  to: z.string(),
  /** Without personal data: it is shown on locked screens. */
  subject: z.string(),
  text: z.string(),
  /** A whole document; loads nothing. */
  html: z.string(),
  /** Where the recipient wants no more of this kind, by one POST (RFC 8058). */
  unsubscribeUrl: z.url({ protocol: /^https$/ }).optional(),
  attachments: z.array(z.object({ name: z.string(), mediaType: z.string(), content: z.base64() })).optional(),
  /** Text, HTML and attachments once more, encrypted for the recipient: then this is sent in their place. */
  encrypted: z.object({ as: z.enum(['smime', 'openpgp']), content: z.string() }).optional(),
})

/** What a mail says, and to whom. */
export type Message = z.infer<typeof message>

/** A mail to be sent. */
export type NewMail = Message & {
  /** What it is about, for whoever looks after the queue: `invitation`. */
  kind: string
  /** It is of no use afterwards, and not sent any more. */
  expiresAt?: Date | undefined
  /** Whom it is about, if that decides whether it may still be sent. */
  about?: About | undefined
}

/** A contact, and the purposes that the mail serves, if any; or a request of somebody who may be one. */
export type About = { contactId: string; purposes: readonly string[] } | { requestId: string }

/**
 * Queues a mail in the caller's transaction: it will be sent if that is committed, and not otherwise (a transactional
 * outbox). Until then the database holds it sealed. Only where mails can be sent: see `context.mail`. Returns its id. Throws
 * NOT_FOUND for a contact that was erased.
 */
export async function queueMail(
  tx: Transaction,
  { secrets, keys, mail }: Pick<WorkContext, 'secrets' | 'keys' | 'mail'>,
  { kind, expiresAt, about, ...content }: NewMail,
): Promise<string> {
  if (!mail) throw new Error('no mail server is set, so the mail would stay here for ever')
  const id = uuidv7()
  const text = JSON.stringify(content)
  const contactId = about && 'contactId' in about ? about.contactId : null
  const sealed = contactId
    ? (await contactKey(keys, contactId)).seal(placeInContact(contactId, id), Buffer.from(text))
    : secrets.seal(placeOf(id), text)
  await tx.outgoingMail.create({
    data: {
      ...{ id, kind, message: sealed, expiresAt: expiresAt ?? null, contactId },
      purposes: about && 'contactId' in about ? [...about.purposes] : [],
      requestId: about && 'requestId' in about ? about.requestId : null,
      recipient: recipientHash(secrets, content.to),
    },
  })
  return id
}

/** By what a recipient is known once the mail is sent, and its address forgotten. */
export const recipientHash = (secrets: Pick<Secrets, 'fingerprint'>, address: string): string =>
  secrets.fingerprint('mail recipient', address.trim().toLowerCase())

/** Reads a queued mail again. Throws if it was sealed elsewhere, or with another secret. */
export const openMessage = (secrets: Secrets, { id, message: sealed }: SealedMail): Message =>
  message.parse(JSON.parse(secrets.open(placeOf(id), sealed)))

/** The same of a mail to a contact. Throws NOT_FOUND if they were erased. */
export async function openContactMessage(
  keys: Keys,
  { id, contactId, message: sealed }: SealedMail & { contactId: string },
): Promise<Message> {
  const opened = (await contactKey(keys, contactId)).open(placeInContact(contactId, id), sealed)
  return message.parse(JSON.parse(Buffer.from(opened).toString()))
}

type SealedMail = { id: string; message: Uint8Array }

/** The contact may have been made in this very unit of work, whose keys are made meanwhile. */
async function contactKey(keys: Keys, contactId: string): Promise<ContactKey> {
  const known = (await keys.find([contactId])).get(contactId)
  if (!known) await keys.create([contactId])
  const key = known ?? (await keys.find([contactId])).get(contactId)
  if (!key || key === 'destroyed') throw notFound('Contact')
  return key
}

const placeOf = (id: string) => `outgoing_mail.message ${id}`

const placeInContact = (contactId: string, id: string) => `outgoing_mail/${contactId}/${id}/message/1`
