import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../../database/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { invalidInput, LetheError } from '../../../graphql/errors.ts'
import { answering } from '../../contacts/sight.ts'
import { readForUpdate } from '../../contacts/update.ts'
import { type ContactToken, newContactToken, readContactToken } from '../../mails/contact-token.ts'
import { presentContact } from '../../mails/survivor.ts'
import { mailLink } from '../mails.ts'
import { asContact, endVisitsOf, startVisit } from './sessions.ts'

/** A link that was made. `url` only where it is to be handed over. */
export type MadeLink = { contactId: string; url?: string; expiresAt: Date }

const day = 24 * 60 * 60_000
const lifetime = 7 * day

/**
 * Makes a link to the page where a contact looks after their own data, good for one visit within a week. Those that were made
 * before are worth nothing any more. It is mailed to the contact's first address; or, `handOver`, told to the caller. Throws
 * NOT_FOUND; INVALID_INPUT for a contact that was merged, or whom no mail reaches.
 */
export async function createSelfServiceLink(
  context: WorkContext,
  { contactId, handOver }: { contactId: string; handOver: boolean },
): Promise<MadeLink> {
  return transact(context, 'createSelfServiceLink', async (tx) => {
    const { contact, points } = await readForUpdate(tx, answering(context), contactId, undefined, 'contactId')
    const emails = points.filter(({ kind, undeliverableAt }) => kind === 'email' && !undeliverableAt)
    const to = (emails.find(({ primary }) => primary) ?? emails[0])?.value
    if (!handOver && !(to && context.mail)) {
      const message = context.mail
        ? 'This contact has no e-mail address that mails arrive at'
        : 'No mails are sent from here'
      throw invalidInput([{ field: 'contactId', message: `${message}: hand a link over, with \`handOver\`.` }])
    }
    await voidLinks(tx, contact.id)
    const { token, tokenHash } = newContactToken(contact.id)
    const expiresAt = new Date(Date.now() + lifetime)
    await tx.selfServiceLink.create({
      data: {
        ...{ contactId: contact.id, id: uuidv7(), tokenHash, handedOver: handOver },
        createdAt: new Date(),
        expiresAt,
      },
    })
    const url = `${context.publicUrl}/my?t=${token}`
    if (!handOver && to) await mailLink(tx, context, contact, to, { url, expiresAt })
    return { contactId: contact.id, expiresAt, ...(handOver && { url }) }
  })
}

/** Makes a contact's links worthless, and ends their visits. Throws NOT_FOUND. */
export async function withdrawSelfServiceLinks(context: WorkContext, contactId: string): Promise<string> {
  return transact(context, 'withdrawSelfServiceLinks', async (tx) => {
    const { contact } = await readForUpdate(tx, answering(context), contactId, undefined, 'contactId')
    await voidLinks(tx, contact.id)
    await endVisitsOf(tx, contact.id)
    return contact.id
  })
}

/** Makes the links of a contact worthless that nobody has used. */
export const voidLinks = (tx: Transaction, contactId: string): Promise<unknown> =>
  tx.selfServiceLink.updateMany({
    where: { contactId, usedAt: null, expiresAt: { gt: new Date() } },
    data: { expiresAt: new Date() },
  })

/** Whether a link can be used, which changes nothing. */
export async function isUsable({ database }: Pick<Context, 'database'>, token: string): Promise<boolean> {
  const place = readContactToken(token)
  if (!place) return false
  return (await usableLink(database, place)) !== undefined
}

/**
 * Uses a link, once: whoever comes with it gets a session, whose cookie is returned. Throws LINK_INVALID, without telling
 * whether it was used, is too old, was withdrawn or never made, or whether its contact is still here.
 */
export async function useLink(context: Context, token: string): Promise<string> {
  const place = readContactToken(token)
  if (!place) throw invalid()
  const owner = await presentContact(context.database, place.contactId)
  if (!owner) throw invalid()
  return transact(asContact(context, owner.id), 'openSelfService', async (tx) => {
    const found = await usableLink(tx, place)
    // Merged at this very moment: who comes again comes as the one that is left.
    if (!found || found.contact.id !== owner.id) throw invalid()
    const { contact, link } = found
    // Of several at once, PostgreSQL lets one through; the others begin again, and find it used.
    await tx.selfServiceLink.update({
      where: { contactId_id: { contactId: contact.id, id: link.id } },
      data: { usedAt: new Date() },
    })
    return startVisit(tx, context, contact.id, link.handedOver ? 'handed_over' : 'link')
  })
}

/** A link that can be used, and whose it is now: of a contact who was merged, the one that is left. */
async function usableLink(from: Transaction | Database, { contactId, tokenHash }: ContactToken) {
  const contact = await presentContact(from, contactId)
  const where = { tokenHash, usedAt: null, expiresAt: { gt: new Date() } }
  const link = contact && (await from.selfServiceLink.findFirst({ where: { contactId: contact.id, ...where } }))
  return contact && link ? { contact, link } : undefined
}

const invalid = () => new LetheError('LINK_INVALID', 'This link was used already, is too old, or was never made.')
