import { createHmac } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { hashToken } from '../identity/sign-in/sessions.ts'
import { linkUrl, storeLink } from './links.ts'

const day = 24 * 3_600_000
const lifetime = 2 * 365 * day
const shortest = 365 * day

/**
 * The link by which a contact ends what they get for some purposes: the same one for as long as it has a year to go, so that a
 * thousand mails have one. Its token derives from the link's random id by a key that is not in the database; what is stored
 * is its hash. It works in old mails, too, and again when the person has consented anew: to withdraw is as easy as to
 * consent (Art. 7(3) GDPR).
 */
export async function unsubscribeLink(
  tx: Transaction,
  context: Pick<WorkContext, 'secrets' | 'publicUrl'>,
  { contactId, purpose }: { contactId: string; purpose: string | readonly string[] },
): Promise<{ url: string; expiresAt: Date }> {
  const purposes = [...new Set([purpose].flat())].toSorted()
  const good = {
    kind: 'unsubscribe',
    purposes: { equals: purposes },
    expiresAt: { gt: new Date(Date.now() + shortest) },
  }
  const known = await tx.contactLink.findMany({ where: { contactId, ...good }, orderBy: { id: 'desc' }, take: 5 })
  const derive = (id: string) =>
    createHmac('sha256', context.secrets.signingKey('unsubscribe link'))
      .update(`${contactId}/${id}`)
      .digest('base64url')
  // With another secret than now it was another token.
  const link = known.find(({ id, tokenHash }) => hashToken(derive(id)) === tokenHash)
  if (link) return { url: linkUrl(context, '/unsubscribe', derive(link.id)), expiresAt: link.expiresAt }
  const id = uuidv7()
  const token = derive(id)
  const expiresAt = new Date(Date.now() + lifetime)
  await storeLink(tx, token, { kind: 'unsubscribe', contactId, purposes, expiresAt }, id)
  return { url: linkUrl(context, '/unsubscribe', token), expiresAt }
}
