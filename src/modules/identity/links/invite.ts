import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { invalidInput, notFound } from '../../../graphql/errors.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { changeAccess } from '../access/change-access.ts'
import { mustHoldAllOf } from '../access/change-users.ts'
import {
  addressTaken,
  emailFault,
  giveRoles,
  languageFault,
  nameFault,
  normaliseEmail,
  normaliseName,
  requireUser,
  roleFaults,
} from '../access/users.ts'
import { issueLink, type LinkPurpose, type NewLink } from './links.ts'
import { mailInvitation, type Recipient } from './mails.ts'

/** A user to be, who chooses the password. `roles` are keys. */
export type Invited = { email: string; name: string; language: string; roles: readonly string[] }

/** Who was invited. `link` only where no mail can be sent: somebody has to hand it over. */
export type Invitation = { id: string; link?: string }

/**
 * Makes a user without a password, and invites them to choose one. Throws INVALID_INPUT with every fault, and FORBIDDEN for
 * roles that allow what the caller doesn't hold.
 */
export async function inviteUser(context: WorkContext, invited: Invited): Promise<Invitation> {
  const { language, roles } = invited
  const user = { id: uuidv7(), email: normaliseEmail(invited.email), name: normaliseName(invited.name), language }
  const faults = [
    ...emailFault(user.email),
    ...nameFault(user.name),
    ...languageFault(language),
    ...(await roleFaults(context, roles)),
  ]
  if (faults.length > 0) throw invalidInput(faults)
  return unlessTaken(addressTaken, () =>
    changeAccess(context, 'inviteUser', 'identity.users', async (tx, caller) => {
      await tx.user.create({ data: { ...user, passwordSetAt: null } })
      await giveRoles(tx, caller, user.id, roles)
      return invite(tx, context, user)
    }),
  )
}

/**
 * Invites a user again who hasn't chosen a password yet; the former link is worth nothing any more. Throws FORBIDDEN for who
 * may do more than the caller.
 */
export async function sendInvitation(context: WorkContext, userId: string): Promise<Invitation> {
  return changeAccess(context, 'sendInvitation', 'identity.users', async (tx, caller) => {
    const user = await requireUser(tx, userId)
    await mustHoldAllOf(tx, caller, userId)
    const refuse = (message: string) => invalidInput([{ field: 'user', message }])
    if (user.disabledAt) throw refuse('This user is disabled: enable them first.')
    if (user.passwordHash !== '') {
      throw refuse(
        'This user has a password already. On the page for signing in they can choose a new one by themselves.',
      )
    }
    if (await signsInElsewhere(tx, userId)) throw refuse('This user signs in with the identity provider.')
    return invite(tx, context, user)
  })
}

/** A link to hand over, by which a user chooses a password: for the operator. Throws NOT_FOUND, and INVALID_INPUT for who is disabled. */
export async function linkFor(context: WorkContext, email: string): Promise<NewLink & { purpose: LinkPurpose }> {
  return changeAccess(context, 'linkFor', 'identity.users', async (tx) => {
    const user = await tx.user.findUnique({ where: { email: normaliseEmail(email) } })
    if (!user) throw notFound('user')
    if (user.disabledAt) throw invalidInput([{ field: 'email', message: 'This user is disabled: enable them first.' }])
    const purpose = user.passwordHash === '' ? 'invitation' : 'password-reset'
    return { purpose, ...(await issueLink(tx, context, user.id, purpose)) }
  })
}

/** Whether an identity provider lets the user in. */
export const signsInElsewhere = async (tx: Transaction, userId: string): Promise<boolean> =>
  (await tx.externalIdentity.count({ where: { userId } })) > 0

async function invite(tx: Transaction, context: WorkContext, user: Recipient & { id: string }): Promise<Invitation> {
  const link = await issueLink(tx, context, user.id, 'invitation')
  if (!context.mail) return { id: user.id, link: link.url }
  await mailInvitation(tx, context, user, link)
  return { id: user.id }
}
