import { transact } from '../../database/transact.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { restrict } from '../lawfulness/basis/record.ts'
import { textIn, textsIn } from '../lawfulness/texts.ts'
import { asContact } from './as-contact.ts'
import { type DeadLink, type Link, lookAt, use } from './links.ts'
import { type Standing, standingOf } from './standing.ts'
import { tellWithdrawn } from './tell-withdrawn.ts'

/** A purpose of a link, as its page tells of it. */
export type EndablePurpose = {
  key: string
  name: string
  description: string
  /** `ended`: it is not used for this; `kept`: it is, on a ground that they can't end, such as a contract. */
  state: 'endable' | 'kept' | 'ended'
}

/** What a link to end purposes shows. */
export type EndingLink = { contactId: string; purposes: EndablePurpose[]; usable: boolean }

const kinds = ['unsubscribe', 'withdraw'] as const

/** What the link with this token would end, in the reader's language; nothing is changed. */
export async function lookAtEnding(
  { database }: Pick<WorkContext, 'database'>,
  token: string,
  language: string,
): Promise<EndingLink | Extract<DeadLink['dead'], 'unknown' | 'expired'>> {
  const found = await lookAt(database, token, kinds)
  const link = linkIn(found)
  if (!link) return 'dead' in found && found.dead === 'expired' ? 'expired' : 'unknown'
  const { contactId } = link
  const rows = await database.purpose.findMany({ where: { key: { in: [...link.purposes] } } })
  const standing = await standingOf(database, contactId, link.purposes)
  const purposes = rows.map(({ key, names, descriptions }) => ({
    key,
    name: textIn(textsIn(names), language) || key,
    description: textIn(textsIn(descriptions), language),
    state: stateOf(standing.get(key)),
  }))
  return { contactId, purposes, usable: !('dead' in found) }
}

const stateOf = (standing: Standing | undefined): EndablePurpose['state'] =>
  standing?.endings.length ? 'endable' : standing?.allowed ? 'kept' : 'ended'

/**
 * Withdraws consent, and objects to what can be objected to, for these purposes of the link (of all, without any named); what they
 * ended already stays as it is, and of what lapsed it is recorded that they don't want it. Whoever did it on the page gets it in
 * writing. A link of a mail that serves a purpose does so as often as it is used. Throws LINK_INVALID.
 *
 * @param how For the events: what was used.
 */
export async function endPurposes(
  context: Context,
  token: string,
  { chosen, how: source, language = 'en' }: { chosen?: readonly string[]; how: string; language?: 'de' | 'en' },
): Promise<void> {
  const seen = await lookAt(context.database, token, kinds)
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
      const { endings = [], allowed, untold } = (await standingOf(tx, contactId, [purpose])).get(purpose) ?? {}
      const all = endings.length === 0 && untold && !allowed ? (['withdrawn'] as const) : endings
      for (const ending of all) await restrict(part, ending, { contactId, purpose, source })
      if (all.length > 0) ended.push(purpose)
    }
    // One click in a mail program needs no further mail.
    if (kind === 'withdraw' || chosen) await tellWithdrawn(tx, part, contactId, ended, language)
  })
}

const isLasting = (found: Link | DeadLink): found is Link => !('dead' in found) && found.kind === 'unsubscribe'

/** A used link still tells what has come of it; so does one that ends the same thing as often as it is used. */
const linkIn = (found: Link | DeadLink): (Link & { contactId: string }) | undefined => {
  const link = 'dead' in found ? (found.dead === 'used' ? found.link : undefined) : found
  return link?.contactId ? { ...link, contactId: link.contactId } : undefined
}
