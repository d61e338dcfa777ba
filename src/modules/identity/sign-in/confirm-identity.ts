import type { User } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Fault, invalidInput, LetheError, unauthenticated } from '../../../graphql/errors.ts'
import { type Factor, type FactorProof, factorsOf } from '../factors/factors.ts'
import { confirmationNeeded, signedInUser } from './confirm.ts'
import { knownDevice } from './device.ts'
import { judgeFactor, judgePassword } from './judge.ts'
import { logFailure } from './log-event.ts'
import { type Challenge, issueChallenge, signInOver } from './proceed.ts'
import { hashToken } from './sessions.ts'
import { wrongFactor } from './sign-in.ts'

/** What proves again who somebody is. */
export type Confirmation = {
  password?: string | null | undefined
  factor?: FactorProof | null | undefined
  /** The token of what `startConfirmation` asked; for a passkey. */
  challenge?: string | null | undefined
}

const operation = 'confirmIdentity'

/** Asks for the second factor that `confirmIdentity` wants, if it wants one. The token of it signs nobody in. */
export async function startConfirmation(context: Context): Promise<Challenge | null> {
  const userId = signedInUser(context)
  const factors = await factorsOf(context.database, userId)
  if (factors.length === 0) return null
  return issueChallenge(context, { operation: 'startConfirmation', userId, methods: [] }, factors)
}

/**
 * Notes that the caller proved again who they are, by all that a sign-in would take (ASVS 7.5.1): the password, and a second
 * factor where they have one. Limited like signing in. Throws SIGN_IN_FAILED, TOO_MANY_ATTEMPTS, and INVALID_INPUT for what
 * is missing.
 */
export async function confirmIdentity(context: Context, given: Confirmation): Promise<void> {
  const userId = signedInUser(context)
  const { database, sessionId } = context
  const user = await database.user.findUnique({ where: { id: userId } })
  // With a token of an identity provider there is no session to note it at.
  if (!user || !sessionId) throw unauthenticated()
  const factors = await factorsOf(database, userId)
  if (!user.passwordHash && factors.length === 0) throw confirmationNeeded()
  requireAll(user, factors, given)
  const attempt = { account: userId, device: await knownDevice(context, user, undefined) }
  if (user.passwordHash && !(await judgePassword(context, attempt, user, given.password ?? ''))) {
    await logFailure(context, operation, userId)
    throw new LetheError('SIGN_IN_FAILED', 'The password is not right.', { beginAgain: true })
  }
  if (factors.length > 0) await confirmFactor(context, attempt, given)
  await database.$executeRaw`UPDATE session SET confirmed_at = now() WHERE id = ${sessionId}::uuid`
}

function requireAll({ passwordHash }: User, factors: readonly Factor[], { password, factor }: Confirmation) {
  const faults: Fault[] = []
  if (passwordHash && !password) faults.push({ field: 'password', message: 'Give your password.' })
  if (factors.length > 0 && !factor) faults.push({ field: 'factor', message: 'Give your second factor, too.' })
  if (faults.length > 0) throw invalidInput(faults)
}

async function confirmFactor(
  context: Context,
  attempt: { account: string; device: string | undefined },
  { factor: proof, challenge }: Confirmation,
) {
  const { database } = context
  const where = {
    tokenHash: hashToken(challenge ?? ''),
    userId: attempt.account,
    methods: { isEmpty: true },
    expiresAt: { gt: new Date() },
  }
  const question = challenge ? await database.signInChallenge.findUnique({ where }) : null
  if (challenge && !question) throw signInOver()
  const { factor } = await judgeFactor(context, attempt, proof ?? {}, question ?? undefined)
  if (!factor) {
    await logFailure(context, operation, attempt.account)
    throw wrongFactor()
  }
  // Of two right answers to one question, one counts.
  if (question && (await database.signInChallenge.deleteMany({ where })).count !== 1) throw signInOver()
}
