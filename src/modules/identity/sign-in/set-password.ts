import type { Transaction } from '../../../database/transact.ts'
import { holdUser } from '../access/hold-user.ts'
import { voidLinks } from '../links/links.ts'
import { hashPassword, isShort } from './password.ts'
import { endSessionsOf } from './sessions.ts'

/** A password, ready to be stored. */
export type StorablePassword = { passwordHash: string; passwordIsShort: boolean }

/** Hashes a password that has no fault. Takes a while, so do it before the transaction. */
export const storable = async (password: string): Promise<StorablePassword> => ({
  passwordHash: await hashPassword(password),
  passwordIsShort: isShort(password),
})

/**
 * Gives a user another password. What rested on the former one ends: the sessions but one, sign-ins under way, links, and,
 * by its time, the knowledge of devices (ASVS 7.4.3). Returns the ended sessions: tell `noteEnded` of them once that is
 * committed.
 *
 * @param keep The session that stays.
 */
export async function setPassword(
  tx: Transaction,
  userId: string,
  password: StorablePassword,
  keep: string | null,
): Promise<string[]> {
  await holdUser(tx, userId)
  await tx.user.update({ where: { id: userId }, data: { ...password, passwordSetAt: new Date() } })
  await tx.signInChallenge.deleteMany({ where: { userId } })
  await voidLinks(tx, userId)
  return endSessionsOf(tx, userId, keep)
}
