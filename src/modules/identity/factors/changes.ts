import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { holdUser } from '../access/hold-user.ts'
import { requireConfirmed, signedInUser } from '../sign-in/confirm.ts'
import { endSessionsOf, noteEnded } from '../sign-in/sessions.ts'

/**
 * Changes the caller's second factors, and ends their other sessions: who is in by what the user had before is out
 * (ASVS 7.4.3). Throws CONFIRMATION_NEEDED.
 *
 * @param operation The name for the audit log.
 */
export async function changeFactors<T>(
  context: Context,
  operation: string,
  change: (tx: Transaction, userId: string) => Promise<T>,
): Promise<T> {
  const userId = await confirmedUser(context)
  const { result, ended } = await transact(context, operation, async (tx) => {
    await holdUser(tx, userId)
    return { result: await change(tx, userId), ended: await endSessionsOf(tx, userId, context.sessionId) }
  })
  ended.forEach(noteEnded)
  return result
}

/** The id of the caller, who proved a short while ago who they are. Throws CONFIRMATION_NEEDED. */
export async function confirmedUser(context: Context): Promise<string> {
  await requireConfirmed(context)
  return signedInUser(context)
}

/** Whether the user has a second factor, recovery codes aside. */
export async function hasFactor(tx: Transaction, userId: string): Promise<boolean> {
  const apps = await tx.totp.count({ where: { userId, activatedAt: { not: null } } })
  return apps > 0 || (await tx.passkey.count({ where: { userId } })) > 0
}

/**
 * Call it after a factor was removed. With the last one go the recovery codes: they stand in for nothing. Throws
 * INVALID_INPUT while the password is too short to be safe alone.
 */
export async function leaveFactors(tx: Transaction, userId: string): Promise<void> {
  if (await hasFactor(tx, userId)) return
  const { passwordIsShort } = await tx.user.findUniqueOrThrow({ where: { id: userId } })
  if (passwordIsShort) {
    const message = 'It is safe only together with a second factor: choose a longer one first, or add another factor.'
    throw invalidInput([{ field: 'password', message }])
  }
  await tx.recoveryCode.deleteMany({ where: { userId } })
}

/** Takes everything from a user that proves, besides a password, who they are. */
export async function removeFactors(tx: Transaction, userId: string): Promise<void> {
  await tx.totp.deleteMany({ where: { userId } })
  await tx.passkey.deleteMany({ where: { userId } })
  await tx.recoveryCode.deleteMany({ where: { userId } })
}
