import type { LegalGround } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { readEvents, readPurposes } from '../lawfulness/basis/project.ts'
import { restrict } from '../lawfulness/basis/record.ts'
import { decide } from '../lawfulness/law/decide.ts'
import { textIn, textsIn } from '../lawfulness/texts.ts'
import { asContact } from './as-contact.ts'
import { type DeadLink, type Link, lookAt, use } from './links.ts'
import { presentContact } from './survivor.ts'
import { tellWithdrawn } from './tell-withdrawn.ts'

/** A purpose of a link, as its page tells of it. */
export type EndablePurpose = {
  key: string
  name: string
  description: string
  /** By which grounds the contact is processed for it now, of those that they can end: consent, legitimate interests. */
  grounds: readonly LegalGround[]
}

/** What a link to end purposes shows. */
export type EndingLink = { contactId: string; purposes: EndablePurpose[]; usable: boolean }

const kinds = ['unsubscribe', 'withdraw'] as const

/** What the link with this token would end, in the reader's language; nothing is changed. */
export const lookAtEnding = (
  context: WorkContext,
  token: string,
  language: string,
): Promise<EndingLink | Extract<DeadLink['dead'], 'unknown' | 'expired'>> =>
  transact(context, 'lookAtLink', async (tx) => {
    const found = await lookAt(tx, token, kinds)
    const link = linkIn(found)
    if (!link) return 'dead' in found && found.dead === 'expired' ? 'expired' : 'unknown'
    const { contactId } = link
    const rows = await tx.purpose.findMany({ where: { key: { in: [...link.purposes] } } })
    const holding = await groundsOf(tx, contactId, link.purposes)
    const purposes = rows.map(({ key, names, descriptions }) => ({
      key,
      name: textIn(textsIn(names), language) || key,
      description: textIn(textsIn(descriptions), language),
      grounds: holding.get(key) ?? [],
    }))
    return { contactId, purposes, usable: !('dead' in found) }
  })

/**
 * Withdraws consent, and objects to legitimate interests, for these purposes of the link (of all, without any named); what has
 * ended already stays as it is. Whoever did it on the page gets it in writing. A link of a mail that serves a purpose does so as often as it is used. Throws LINK_INVALID.
 *
 * @param how For the events: what was used.
 */
export async function endPurposes(
  context: Context,
  token: string,
  { chosen, how: source, language = 'en' }: { chosen?: readonly string[]; how: string; language?: 'de' | 'en' },
): Promise<void> {
  const seen = await transact(asContact(context, null), 'lookAtLink', (tx) => lookAt(tx, token, kinds))
  const contactId = 'dead' in seen ? null : (seen.contactId ?? null)
  const own = asContact(context, contactId)
  await transact(own, 'withdrawConsent', async (tx) => {
    const found = await lookAt(tx, token, kinds)
    const { purposes, kind } = isLasting(found) ? found : await use(tx, token, kinds)
    const wanted = chosen ? purposes.filter((purpose) => chosen.includes(purpose)) : purposes
    const part: WorkContext = { ...own, within: tx }
    if (!contactId) return
    const ended: string[] = []
    // One after the other: a withdrawal may end those below it, too.
    for (const purpose of wanted) {
      const grounds = (await groundsOf(tx, contactId, [purpose])).get(purpose) ?? []
      if (grounds.includes('consent')) await restrict(part, 'withdrawn', { contactId, purpose, source })
      if (grounds.includes('legitimate_interests')) await restrict(part, 'objected', { contactId, purpose, source })
      if (grounds.length > 0) ended.push(purpose)
    }
    // One click in a mail program needs no further mail.
    if (kind === 'withdraw' || chosen) await tellWithdrawn(tx, part, contactId, ended, language)
  })
}

const isLasting = (found: Link | DeadLink): found is Link => !('dead' in found) && found.kind === 'unsubscribe'

/** What somebody can end by themself. */
const endable: readonly LegalGround[] = ['consent', 'legitimate_interests']

/** By which grounds that they can end a contact is processed now, by purpose. */
export async function groundsOf(
  tx: Transaction,
  contactId: string,
  purposes: readonly string[],
): Promise<Map<string, LegalGround[]>> {
  const contact = await presentContact(tx, contactId)
  const register = await readPurposes(tx)
  const events = (await readEvents(tx, [contactId])).get(contactId) ?? []
  const at = new Date()
  return new Map(
    purposes.map((purpose) => {
      const { allowed, reasons } = decide(events, register, { purpose, at, birthDate: contact?.birthDate ?? null })
      const grounds = allowed ? reasons.flatMap((reason) => reason.events.flatMap(({ ground }) => ground ?? [])) : []
      return [purpose, endable.filter((ground) => grounds.includes(ground))]
    }),
  )
}

/** A used link still tells what has come of it; so does one that ends the same thing as often as it is used. */
const linkIn = (found: Link | DeadLink): (Link & { contactId: string }) | undefined => {
  const link = 'dead' in found ? (found.dead === 'used' ? found.link : undefined) : found
  return link?.contactId ? { ...link, contactId: link.contactId } : undefined
}
