import type { AccessPackage } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { invalidInput, LetheError } from '../../../graphql/errors.ts'
import { layOut } from '../../../mail/layout.ts'
import { asContact } from '../../mails/as-contact.ts'
import { newContactToken, readContactToken } from '../../mails/contact-token.ts'
import { queueContactMail } from '../../mails/queue.ts'
import { deliver, isLanguage, packageFor, requireFile, requireVerified } from '../packages.ts'
import { contentOf } from '../produce.ts'
import { linkTexts } from './texts.ts'

export const linkPath = '/access'

const day = 24 * 3_600_000
const lifetime = 7 * day
/** So long a download that broke can be begun again. */
const timeToRetry = 30 * 60_000

/** A link that was made. `url` only where it is to be handed over. */
export type MadeLink = { contactId: string; packageId: string; url?: string; expiresAt: Date }

/**
 * Makes the link by which the person gets a package, once, within a week; one that was made before is worth nothing any more. It is mailed to
 * the contact's first address, or, `handOver`, told to the caller. Throws NOT_FOUND; CONFLICT where there is nothing to get; INVALID_INPUT
 * for a contact whom no mail reaches.
 */
export const createPackageLink = (
  context: WorkContext,
  id: string,
  { handOver }: { handOver: boolean },
): Promise<MadeLink> =>
  transact(context, 'createAccessPackageLink', async (tx) => {
    const found = await packageFor(tx, context, id)
    requireFile(found)
    await requireVerified(tx, found)
    const { contactId, language, expiresAt: gone } = found
    const emails = await tx.contactPoint.findMany({
      where: { contactId, kind: 'email', undeliverableAt: null },
      orderBy: [{ primary: 'desc' }, { id: 'asc' }],
      take: 1,
    })
    const to = emails[0]?.value
    if (!handOver && !(to && context.mail)) {
      const message = context.mail
        ? 'This contact has no e-mail address that mails arrive at'
        : 'No mails are sent from here'
      throw invalidInput([{ field: 'id', message: `${message}: hand a link over, with \`handOver\`.` }])
    }
    const { token, tokenHash } = newContactToken(contactId)
    const linkUntil = new Date(Math.min(Date.now() + lifetime, gone?.getTime() ?? 0))
    await tx.accessPackage.update({
      where: { contactId_id: { contactId, id } },
      data: { tokenHash, linkUntil, linkUsedAt: null },
    })
    const url = `${context.publicUrl}${linkPath}?t=${token}`
    if (!handOver && to) {
      const content = linkTexts[isLanguage(language) ? language : 'en'].mail(
        url,
        linkUntil,
        context.organisation?.controller,
      )
      await queueContactMail(tx, context, {
        kind: 'access-package',
        contactId,
        to,
        expiresAt: linkUntil,
        ...layOut(content),
      })
    }
    return { contactId, packageId: id, expiresAt: linkUntil, ...(handOver && { url }) }
  })

/** What a token leads to, and changes nothing: the package, or that there is none (any more). */
export async function lookAtLink(
  { database }: Pick<WorkContext, 'database'>,
  token: string,
): Promise<AccessPackage | undefined> {
  const read = readContactToken(token)
  const found = read && (await database.accessPackage.findFirst({ where: read }))
  if (!found?.linkUntil || !['ready', 'delivered'].includes(found.state)) return undefined
  if (found.linkUsedAt) return mayRetry(found) ? found : undefined
  return found.linkUntil > new Date() ? found : undefined
}

/** Whether a download may begin again: for a while, unless all of it went out. */
const mayRetry = ({ linkUsedAt, deliveredAt }: AccessPackage) =>
  linkUsedAt !== null && linkUsedAt.getTime() + timeToRetry > Date.now() && !(deliveredAt && deliveredAt >= linkUsedAt)

/**
 * The packages that a contact can take on the page about them: those that nobody took yet. None for whom staff handed the page over to, and
 * none that answers a request while nobody knows who asked.
 */
export async function ownPackages({ context, contact, method }: OwnVisit): Promise<AccessPackage[]> {
  if (method === 'handed_over') return []
  const { database } = context
  const rows = await database.accessPackage.findMany({
    where: { contactId: contact.id, state: { in: ['ready', 'delivered'] }, expiresAt: { gt: new Date() } },
    orderBy: { id: 'desc' },
    take: mostOwn,
  })
  const untaken = rows.filter((row) => (row.linkUsedAt ? mayRetry(row) : row.state === 'ready'))
  const ids = untaken.flatMap(({ requestId }) => requestId ?? [])
  const requests =
    ids.length > 0 ? await database.subjectRequest.findMany({ where: { id: { in: ids }, verifiedAt: null } }) : []
  return untaken.filter(({ requestId }) => !requests.some(({ id }) => id === requestId))
}

type OwnVisit = { context: WorkContext; contact: { id: string }; method: string }

const mostOwn = 10

/**
 * Uses the link up, and gives the file. Whoever's download broke may begin again for half an hour, until one went through. That the person has it is noted once all of
 * it went out. Throws LINK_INVALID.
 */
export async function useLink(
  context: Context,
  token: string,
): Promise<{ found: AccessPackage; content: AsyncIterable<Uint8Array> }> {
  const found = await lookAtLink(context, token)
  if (!found) throw new LetheError('LINK_INVALID', 'This link was used already, is too old, or was never made.')
  return { found, content: await handOut(asContact(context, found.contactId), found) }
}

/** Gives the file of a package that was looked up to the contact, once. Throws LINK_INVALID when somebody else was first. */
export async function handOut(
  { signal: _, ...person }: WorkContext,
  found: AccessPackage,
): Promise<AsyncIterable<Uint8Array>> {
  const { contactId, id, tokenHash } = found
  if (!found.linkUsedAt) {
    await transact(person, 'openAccessPackageLink', async (tx) => {
      const where = { contactId, id, tokenHash, linkUsedAt: null }
      const { count } = await tx.accessPackage.updateMany({ where, data: { linkUsedAt: new Date() } })
      if (count === 0) throw new LetheError('LINK_INVALID', 'This link was used just now.')
    })
  }
  async function* content() {
    yield* contentOf(person, found)
    await transact(person, 'deliverAccessPackage', async (tx) => {
      const now = await tx.accessPackage.findUnique({ where: { contactId_id: { contactId, id } } })
      if (now?.state === 'ready') await deliver(tx, person, now, 'download')
    })
  }
  return content()
}
