import type { Context } from '../../../graphql/context.ts'
import type { FactorProof } from '../factors/factors.ts'
import { knownDevice } from './device.ts'
import { judgeFactor } from './judge.ts'
import { logFailure } from './log-event.ts'
import { proceed, type SignInStep, signInOver } from './proceed.ts'
import { hashToken, type Method } from './sessions.ts'
import { wrongFactor } from './sign-in.ts'

/**
 * Answers the question for a second factor: then the session begins. Throws SIGN_IN_FAILED when it isn't right, or when the
 * question is over: after five minutes, five wrong answers or a right one, or since the password changed.
 *
 * @param device What an earlier sign-in gave to a client without cookies.
 */
export async function completeSignIn(
  context: Context,
  token: string,
  proof: FactorProof,
  device?: string | null,
): Promise<SignInStep> {
  const { database } = context
  const where = { tokenHash: hashToken(token), expiresAt: { gt: new Date() } }
  const challenge = await database.signInChallenge.findUnique({ where, include: { user: true } })
  // Without a first factor it asks for a confirmation, and signs nobody in.
  if (!challenge || methodsOf(challenge).length === 0 || challenge.user.disabledAt) throw signInOver()
  const { userId, user } = challenge
  const attempt = { account: userId, device: await knownDevice(context, user, device) }
  const { factor, exhausted } = await judgeFactor(context, attempt, proof, challenge)
  if (!factor) {
    await logFailure(context, 'completeSignIn', userId)
    if (!exhausted) throw wrongFactor()
    await database.signInChallenge.deleteMany({ where })
    throw signInOver()
  }
  return proceed(context, 'completeSignIn', userId, [...methodsOf(challenge), factor], {
    device,
    // It is used up with the beginning of the session, so of two right answers at once one counts.
    together: async (tx) => {
      const { count } = await tx.signInChallenge.deleteMany({ where })
      if (count !== 1) throw signInOver()
    },
  })
}

const methodsOf = ({ methods }: { methods: string[] }) => methods.filter(isFirst)

const isFirst = (method: string): method is Method => ['password', 'link', 'provider'].includes(method)
