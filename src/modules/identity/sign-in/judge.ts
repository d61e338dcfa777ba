import type { User } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Factor, type FactorProof, factorsOf, takeFactor } from '../factors/factors.ts'
import { giveBack, type TakenAttempt } from './attempt-level.ts'
import { type Attempt, takeFactorAttempt, takePasswordAttempt } from './attempts.ts'
import { passwordFits } from './password.ts'

/**
 * Whether this is the password of the user, who may sign in with it. Throws TOO_MANY_ATTEMPTS, before anything is hashed.
 * Whether there is such a user, and whether they are disabled or have no password, makes no difference to the work of
 * saying no (ASVS 6.3.8).
 */
export async function judgePassword(
  context: Context,
  attempt: Attempt,
  user: User | null,
  password: string,
): Promise<boolean> {
  const taken = await takePasswordAttempt(context, attempt)
  const fits = await judged(context, taken, () => passwordFits(user?.passwordHash || undefined, password))
  if (!user || !fits || user.disabledAt) return false
  if (user.passwordIsShort && (await factorsOf(context.database, user.id)).length === 0) return false
  await giveBack(context.database, taken)
  return true
}

/**
 * Which second factor of the user this is, used up; undefined when it isn't right. Throws TOO_MANY_ATTEMPTS.
 *
 * @param question What was asked: its name, which bounds the tries, and what a passkey had to sign.
 */
export async function judgeFactor(
  context: Context,
  attempt: Attempt,
  proof: FactorProof,
  question: { tokenHash: string; passkeyChallenge: string } | undefined,
): Promise<{ factor: Factor | undefined; exhausted: boolean }> {
  const { taken, exhausted } = await takeFactorAttempt(context, attempt, question?.tokenHash)
  const factor = await takeFactor(context, attempt.account, proof, question?.passkeyChallenge ?? '')
  if (factor) await giveBack(context.database, taken)
  return { factor, exhausted: exhausted && !factor }
}

/** What nobody judged, because too many were waiting, is not an attempt. */
async function judged<T>(context: Context, taken: TakenAttempt, judge: () => Promise<T>): Promise<T> {
  try {
    return await judge()
  } catch (error) {
    await giveBack(context.database, taken)
    throw error
  }
}
