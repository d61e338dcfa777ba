import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../../database/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { holdUser } from '../access/hold-user.ts'
import { hashToken, isToken, newToken } from '../sign-in/sessions.ts'

/** What a link is for. */
export type LinkPurpose = 'invitation' | 'password-reset'

/** A link that has just been made. The token in it is known to whoever gets it, and to nobody here. */
export type NewLink = { url: string; expiresAt: Date }

const hour = 3_600_000
const lifetimes: Readonly<Record<LinkPurpose, number>> = { invitation: 7 * 24 * hour, 'password-reset': hour }

/**
 * Makes a link by which a user sets a password, once. Those that were made before for the same purpose are worth nothing any
 * more. The token stands behind the `#`, so that no server, proxy or log ever gets to see it, and whatever opens the link
 * without being the user, such as a scanner of mails, changes nothing.
 */
export async function issueLink(
  tx: Transaction,
  { publicUrl }: Pick<WorkContext, 'publicUrl'>,
  userId: string,
  purpose: LinkPurpose,
): Promise<NewLink> {
  await holdUser(tx, userId) // Of several at once, the last one counts.
  await voidLinks(tx, userId, purpose)
  const token = newToken()
  const createdAt = new Date()
  const expiresAt = new Date(createdAt.getTime() + lifetimes[purpose])
  await tx.signInLink.create({
    data: { id: uuidv7(), userId, purpose, tokenHash: hashToken(token), createdAt, expiresAt },
  })
  return { url: `${publicUrl}/link#${token}`, expiresAt }
}

/** Makes a user's unused links worth nothing, of one purpose or all: after a change of the password or the address, say. */
export async function voidLinks(tx: Transaction, userId: string, purpose?: LinkPurpose): Promise<void> {
  const now = new Date()
  const live = { userId, usedAt: null, expiresAt: { gt: now }, ...(purpose && { purpose }) }
  await tx.signInLink.updateMany({ where: live, data: { expiresAt: now } })
}

/**
 * The link with this token, and its user. Throws LINK_INVALID, without telling whether it was never made, is used up or too
 * old, or its user disabled.
 */
export async function requireLink(database: Pick<Database, 'signInLink'> | Transaction, token: string) {
  const link = isToken(token) ? await read(database, hashToken(token)) : null
  if (!link || link.usedAt || link.expiresAt <= new Date() || link.user.disabledAt) {
    throw new LetheError(
      'LINK_INVALID',
      'This link was used already, is too old, or was never made. On the page for signing in you get a new one, or from an administrator.',
    )
  }
  return link
}

const read = (database: Pick<Database, 'signInLink'> | Transaction, tokenHash: string) =>
  database.signInLink.findUnique({ where: { tokenHash }, include: { user: true } })
