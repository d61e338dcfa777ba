import { NIL } from 'uuid'
import type { User } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError, unauthenticated } from '../../../graphql/errors.ts'
import { isEmail, normaliseEmail } from '../access/users.ts'
import { knownDevice } from './device.ts'
import { judgePassword } from './judge.ts'
import { logEvent, logFailure } from './log-event.ts'
import { hashPassword, isOutdated } from './password.ts'
import { proceed, type SignInStep } from './proceed.ts'
import { endSession, noteEnded } from './sessions.ts'

/**
 * Signs a user in by password, or asks for the second factor. Throws SIGN_IN_FAILED, without telling whether the user is
 * unknown, disabled, without a password, or the password wrong: the work is the same, too. Throws TOO_MANY_ATTEMPTS.
 *
 * @param device What an earlier sign-in gave to a client without cookies.
 */
export async function signIn(
  context: Context,
  email: string,
  password: string,
  device?: string | null,
): Promise<SignInStep> {
  const address = normaliseEmail(email)
  const user = await context.database.user.findUnique({ where: { email: isEmail(address) ? address : '' } })
  const attempt = { account: user?.id ?? address, device: await knownDevice(context, user, device) }
  const right = await judgePassword(context, attempt, user, password)
  if (!user || !right) {
    // Unknown users are logged under the nil UUID: leaving them out would make their answer come sooner. What was typed
    // as address stays out, because now and then it is a password.
    await logFailure(context, 'signIn', user?.id ?? NIL)
    throw new LetheError('SIGN_IN_FAILED', 'E-mail and password do not fit together.')
  }
  if (isOutdated(user.passwordHash)) await hashAnew(context, user, password)
  return proceed(context, 'signIn', user.id, ['password'], { device, passwordSetAt: user.passwordSetAt })
}

/** The second factor is not right. */
export const wrongFactor = (): LetheError =>
  new LetheError('SIGN_IN_FAILED', 'The second factor is not right, or was used already.')

/** At today's cost; the password itself is known only now. */
async function hashAnew(context: Context, { id, passwordHash }: User, password: string) {
  const fresh = await hashPassword(password)
  const asUser: Context = { ...context, actor: { kind: 'user', id } }
  await transact(asUser, 'signIn', async (tx) => {
    const { count } = await tx.user.updateMany({ where: { id, passwordHash }, data: { passwordHash: fresh } })
    if (count === 0) return
    // The hash itself is in no entry, so the recorder sees no change.
    const changes = { passwordHash: {} }
    await logEvent(tx, asUser, { action: 'updated', operation: 'signIn', entity: 'User', entityId: id, changes })
  })
}

/** Ends the caller's session: cookie, access tokens and refresh tokens are worth nothing from now on. */
export async function signOut(context: Context): Promise<void> {
  const { sessionId } = context
  if (!sessionId) throw unauthenticated()
  await transact(context, 'signOut', (tx) => endSession(tx, sessionId))
  noteEnded(sessionId)
  context.setSessionCookie(null)
}
