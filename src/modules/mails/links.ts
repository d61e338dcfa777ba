import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { hashToken, isToken, newToken } from '../identity/sign-in/sessions.ts'
import { presentContact } from './survivor.ts'

/** What a link is for: each page takes its own kinds only. */
export type LinkKind = 'confirm' | 'withdraw' | 'unsubscribe' | 'self-service'

/** The text that was shown of each purpose. */
export type ShownNotices = Readonly<Record<string, { version: number; language: string }>>

/** What was decided by a link, by purpose: a state of `ConsentState`. */
export type LinkOutcome = Readonly<Record<string, string>>

/** A link to be. */
export type NewLink = {
  kind: LinkKind
  /** The purposes that it is about. */
  purposes?: readonly string[]
  expiresAt: Date
} & ({ contactId: string } | { requestId: string; notices?: ShownNotices })

/** What a token leads to. */
export type Link = {
  kind: string
  purposes: readonly string[]
  notices: ShownNotices
  /** The contact; of several that were merged, the one that is left. */
  contactId?: string
  requestId?: string
  expiresAt: Date
  usedAt: Date | null
  outcome: LinkOutcome | null
}

/** Why a link does nothing; `unknown` also for what is no token of this kind. */
export type DeadLink = { dead: 'used' | 'expired' | 'unknown'; link?: Link }

/** Makes a link that works once. Returns its token (43 characters, 256 random bits), which nobody here knows afterwards. */
export async function createLink(tx: Transaction, draft: NewLink): Promise<string> {
  const token = newToken()
  await storeLink(tx, token, draft)
  return token
}

/** Stores a link whose token the caller made, and keeps to themself. */
export async function storeLink(tx: Transaction, token: string, draft: NewLink, id: string = uuidv7()): Promise<void> {
  const { kind, expiresAt } = draft
  const common = { kind, purposes: [...(draft.purposes ?? [])], tokenHash: hashToken(token), expiresAt }
  if ('contactId' in draft) {
    await tx.contactLink.create({ data: { ...common, contactId: draft.contactId, id, createdAt: new Date() } })
  } else {
    const { requestId, notices = {} } = draft
    await tx.requestLink.create({ data: { ...common, requestId, notices } })
  }
}

/** Tells what a token leads to, and changes nothing. */
export async function lookAt(
  tx: Transaction | Database,
  token: string,
  kinds: LinkKind | readonly LinkKind[],
): Promise<Link | DeadLink> {
  const link = isToken(token) ? await read(tx, hashToken(token)) : undefined
  if (!link || ![kinds].flat().some((kind) => kind === link.kind)) return { dead: 'unknown' }
  if (link.usedAt) return { dead: 'used', link }
  return link.expiresAt <= new Date() ? { dead: 'expired', link } : link
}

/**
 * Uses a link up, once, and tells what it led to: of several who try at the same time, one. Throws LINK_INVALID for a used
 * or expired one, and for what is no token of this kind.
 *
 * @param outcome What is decided by it, for its page; of links about requests only.
 */
export async function use(
  tx: Transaction,
  token: string,
  kinds: LinkKind | readonly LinkKind[],
  outcome?: LinkOutcome,
): Promise<Link> {
  const link = await lookAt(tx, token, kinds)
  if ('dead' in link) throw invalid()
  const usedAt = new Date()
  const where = { tokenHash: hashToken(token), usedAt: null }
  const { count } = link.requestId
    ? await tx.requestLink.updateMany({ where, data: { usedAt, ...(outcome && { outcome }) } })
    : await tx.contactLink.updateMany({ where, data: { usedAt } })
  if (count === 0) throw invalid()
  return { ...link, usedAt, outcome: outcome ?? null }
}

/** Makes unused links worth nothing: all of a request, or those of one kind to a contact. */
export async function voidLinks(
  tx: Transaction,
  whose: { requestId: string } | { contactId: string; kind: LinkKind },
): Promise<void> {
  const now = new Date()
  const live = { usedAt: null, expiresAt: { gt: now } }
  if ('requestId' in whose) {
    await tx.requestLink.updateMany({ where: { ...live, ...whose }, data: { expiresAt: now } })
  } else await tx.contactLink.updateMany({ where: { ...live, ...whose }, data: { expiresAt: now } })
}

/** Where a link leads. `path`: of its page, such as `/consent`; `language`: that the page opens in, rather than the browser's. */
export const linkUrl = (
  { publicUrl }: Pick<WorkContext, 'publicUrl'>,
  path: string,
  token: string,
  language?: 'de' | 'en',
): string => `${publicUrl}${path}?t=${token}${language ? `&lang=${language}` : ''}`

async function read(tx: Transaction | Database, tokenHash: string): Promise<Link | undefined> {
  const ofRequest = await tx.requestLink.findUnique({ where: { tokenHash } })
  if (ofRequest) {
    const { notices: shown, outcome, ...link } = ofRequest
    return { ...link, notices: notices.parse(shown), outcome: outcomes.nullable().parse(outcome) }
  }
  const ofContact = await tx.contactLink.findFirst({ where: { tokenHash } })
  if (!ofContact) return undefined
  const contact = await presentContact(tx, ofContact.contactId)
  return contact && { ...ofContact, contactId: contact.id, notices: {}, outcome: null }
}

const notices = z.record(z.string(), z.object({ version: z.number(), language: z.string() }))
const outcomes = z.record(z.string(), z.string())

const invalid = () =>
  new LetheError('LINK_INVALID', 'This link was used already, is too old, or was never made. Ask for a new one.')
