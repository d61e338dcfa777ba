import { NIL, v7 as uuidv7 } from 'uuid'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError, unauthenticated } from '../../../graphql/errors.ts'
import { sealValues } from '../../audit/values.ts'
import { isEmail, normaliseEmail } from '../access/users.ts'
import { signBearer } from './bearer.ts'
import { passwordFits } from './password.ts'
import { endSession, noteEnded, startSession } from './sessions.ts'

/** A successful sign-in. `token` is the bearer token; the cookie is set already. */
export type SignedIn = { userId: string; token: string; expiresAt: Date }

/**
 * Signs a user in, with a cookie and a bearer token for one new session; the one that the caller had ends. Throws
 * SIGN_IN_FAILED, without telling whether the user is unknown, disabled, or the password wrong: the work is the same, too.
 */
export async function signIn(context: Context, email: string, password: string): Promise<SignedIn> {
  const address = normaliseEmail(email)
  const user = isEmail(address) ? await context.database.user.findUnique({ where: { email: address } }) : null
  const fits = await passwordFits(user?.passwordHash, password)
  if (!user || !fits || user.disabledAt) {
    await logFailure(context, user?.id ?? NIL)
    throw new LetheError('SIGN_IN_FAILED', 'E-mail and password do not fit together.')
  }
  const { sessionId: former } = context
  const session = await transact({ ...context, actor: { kind: 'user', id: user.id } }, 'signIn', async (tx) => {
    if (former) await endSession(tx, former)
    return startSession(
      tx,
      { userId: user.id, address: context.address, userAgent: context.userAgent, methods: ['password'] },
      context.sessions.lifetime,
    )
  })
  if (former) noteEnded(former)
  const claims = { userId: user.id, sessionId: session.id }
  const token = await signBearer(context.secrets.signingKey('session'), claims, session.expiresAt)
  context.setSessionCookie(session.cookie)
  return { userId: user.id, token, expiresAt: session.expiresAt }
}

/** Ends the caller's session: cookie and bearer token are worth nothing from now on. */
export async function signOut(context: Context): Promise<void> {
  const { sessionId } = context
  if (!sessionId) throw unauthenticated()
  await transact(context, 'signOut', (tx) => endSession(tx, sessionId))
  noteEnded(sessionId)
  context.setSessionCookie(null)
}

// Unknown users are logged under the nil UUID: leaving them out would make their answer come sooner. What was typed as
// address stays out, because now and then it is a password.
async function logFailure(context: Context, userId: string) {
  const { actor, requestId, address } = context
  await transact(context, 'signIn', (tx) =>
    tx.systemAuditEntry.create({
      data: {
        id: uuidv7(),
        requestId,
        actorKind: actor.kind,
        actorId: actor.id,
        action: 'refused',
        operation: 'signIn',
        entity: 'User',
        entityId: userId,
        fields: ['address'],
        values: sealValues({ address: { new: address } }),
      },
    }),
  )
}
