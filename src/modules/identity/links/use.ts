import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { holdUser } from '../access/hold-user.ts'
import { hasFactor } from '../factors/changes.ts'
import { takeNewPassword } from '../sign-in/attempts.ts'
import { type PasswordFault, passwordFault } from '../sign-in/password.ts'
import { proceed, type SignInStep } from '../sign-in/proceed.ts'
import { noteEnded } from '../sign-in/sessions.ts'
import { setPassword, storable } from '../sign-in/set-password.ts'
import { type LinkPurpose, requireLink } from './links.ts'
import { mailPasswordChanged } from './mails.ts'

/** What somebody who holds a link may know before they use it. */
export type SeenLink = { purpose: LinkPurpose; email: string; name: string; expiresAt: Date }

/** Tells what a link is for, and changes nothing. Throws LINK_INVALID. */
export async function lookAtLink({ database }: Pick<Context, 'database'>, token: string): Promise<SeenLink> {
  const { purpose, expiresAt, user } = await requireLink(database, token)
  return {
    purpose: purpose === 'invitation' ? purpose : 'password-reset',
    expiresAt,
    email: user.email,
    name: user.name,
  }
}

/**
 * Sets the password of the link's user, ends all their sessions, and goes on to a new one. Who has a second factor is asked
 * for it: a mailbox alone opens no account (ASVS 6.4.3). The link is used up, and so is every other one of the user. Throws
 * LINK_INVALID, and INVALID_INPUT for a password that breaks a rule; then the link is still good.
 */
export async function useLink(context: Context, token: string, password: string): Promise<SignInStep> {
  const { userId, user } = await requireLink(context.database, token)
  const fault = passwordFault(password, user, { withFactor: true })
  if (fault) throw faulty(fault)
  await takeNewPassword(context, userId)
  const stored = await storable(password)
  const { ended, passwordSetAt } = await transact(actingAs(context, userId), 'useLink', async (tx) => {
    await holdUser(tx, userId)
    const { id, purpose } = await requireLink(tx, token)
    const weakness = passwordFault(password, user, { withFactor: await hasFactor(tx, userId) })
    if (weakness) throw faulty(weakness)
    await tx.signInLink.update({ where: { id }, data: { usedAt: new Date() } })
    const ended = await setPassword(tx, userId, stored, null)
    if (purpose !== 'invitation') await mailPasswordChanged(tx, context, user)
    // The link came by mail: so mails arrive.
    const data = { signedOutAt: new Date(), undeliverableAt: null }
    const { passwordSetAt } = await tx.user.update({ where: { id: userId }, data })
    return { ended, passwordSetAt }
  })
  ended.forEach(noteEnded)
  return proceed(context, 'useLink', userId, ['link'], { passwordSetAt })
}

const faulty = (fault: PasswordFault) => invalidInput([{ field: 'password', ...fault }])

/** In the log it is the user who acts: the link says so. */
const actingAs = (context: Context, id: string): Context => ({ ...context, actor: { kind: 'user', id } })
