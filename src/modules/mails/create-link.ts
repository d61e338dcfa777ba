import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { invalidInput, notFound } from '../../graphql/errors.ts'
import { unsubscribing } from '../../mail/unsubscribing.ts'
import { seenAmong } from '../contacts/sight.ts'
import { readRestrictions } from '../lawfulness/law/restriction.ts'
import { standingOf } from './standing.ts'
import { presentContact } from './survivor.ts'
import { unsubscribeLink } from './unsubscribe-link.ts'

/** What a program that sends mails by itself needs of us for each of them. */
export type UnsubscribeLink = { url: string; expiresAt: Date; headers: { name: string; value: string }[] }

/**
 * The link by which a contact ends what they get for a purpose, for mails that somebody else sends. Throws NOT_FOUND for a
 * contact that the caller doesn't see, INVALID_INPUT for one who may not be written to for this purpose (now).
 */
export async function createUnsubscribeLink(
  context: WorkContext,
  { contactId, purpose }: { contactId: string; purpose: string },
): Promise<UnsubscribeLink> {
  const { url, expiresAt } = await transact(context, 'createUnsubscribeLink', async (tx) => {
    const [seen] = await seenAmong(tx, context, [contactId.toLowerCase()])
    const contact = seen && (await presentContact(tx, seen))
    if (!contact) throw notFound('Contact')
    const restrictions = (await readRestrictions(tx, context, [contact.id])).get(contact.id)
    const standing = (await standingOf(tx, contact.id, [purpose], restrictions)).get(purpose)
    if (!standing?.allowed || standing.endings.length === 0) {
      const message = standing?.allowed
        ? 'The contact is processed for this purpose on a ground that they can’t end, such as a contract: there is nothing to ' +
          'unsubscribe from. For direct marketing there would be: say so of the purpose.'
        : 'The contact may not be processed for this purpose now (see `Contact.mayProcess`): send them nothing for it.'
      throw invalidInput([{ field: 'purpose', message }])
    }
    return unsubscribeLink(tx, context, { contactId: contact.id, purpose })
  })
  const headers = Object.entries(unsubscribing(url)).map(([name, value]) => ({ name, value }))
  return { url, expiresAt, headers }
}
