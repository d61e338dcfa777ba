import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Factor, factorsOf, passkeyQuestion } from '../factors/factors.ts'
import { signBearer } from './bearer.ts'
import { endSession, hashToken, type Method, newToken, noteEnded, startSession } from './sessions.ts'

/** What came of one step of a sign-in: a session, or the question for a second factor. */
export type SignInStep = { userId: string; session?: SignedIn; challenge?: Challenge }

/** A successful sign-in; the cookie is set already. */
export type SignedIn = {
  id: string
  /** The access token, for `Authorization: Bearer`, and until when it is good. */
  token: string
  expiresAt: Date
  /** Gives the next access token, once. */
  refreshToken: string
  /** When to sign in again at the latest. */
  sessionExpiresAt: Date
}

/** The question for a second factor. */
export type Challenge = {
  token: string
  expiresAt: Date
  factors: readonly Factor[]
  /** For `navigator.credentials.get`, where there is a passkey. */
  passkeyOptions?: object
}

const accessLifetime = 10 * 60_000
const challengeLifetime = 5 * 60_000

/**
 * Goes on when somebody proved who they are: to a session, which replaces the one that the caller had, or to the second
 * factor if the user has one and hasn't shown it. Whoever comes from an identity provider has shown there what it takes.
 *
 * @param operation The name for the audit log.
 * @param methods What was proven so far, this step included.
 */
export async function proceed(
  context: Context,
  operation: string,
  userId: string,
  methods: readonly Method[],
): Promise<SignInStep> {
  const factors = isEnough(methods) ? [] : await factorsOf(context.database, userId)
  if (factors.length > 0) return { userId, challenge: await ask(context, userId, methods, factors) }
  return { userId, session: await begin(context, operation, userId, methods) }
}

const isEnough = (methods: readonly Method[]) =>
  methods.some((method) => ['totp', 'recovery-code', 'passkey', 'provider'].includes(method))

async function ask(context: Context, userId: string, methods: readonly Method[], factors: readonly Factor[]) {
  const token = newToken()
  const expiresAt = new Date(Date.now() + challengeLifetime)
  const passkey = factors.includes('passkey') ? await passkeyQuestion(context, userId) : undefined
  await context.database.signInChallenge.create({
    data: {
      tokenHash: hashToken(token),
      userId,
      methods: [...methods],
      passkeyChallenge: passkey?.challenge ?? '',
      expiresAt,
    },
  })
  return { token, expiresAt, factors, ...(passkey && { passkeyOptions: passkey.options }) }
}

async function begin(context: Context, operation: string, userId: string, methods: readonly Method[]) {
  const { sessionId: former, address, userAgent, sessions } = context
  const refreshToken = newToken()
  const session = await transact({ ...context, actor: { kind: 'user', id: userId } }, operation, async (tx) => {
    if (former) await endSession(tx, former)
    const begun = await startSession(tx, { userId, address, userAgent, methods: [...methods] }, sessions.lifetime)
    await tx.refreshToken.create({ data: { tokenHash: hashToken(refreshToken), sessionId: begun.id } })
    return begun
  })
  if (former) noteEnded(former)
  context.setSessionCookie(session.cookie)
  const access = await accessToken(context, { userId, sessionId: session.id }, session.expiresAt)
  return { ...access, id: session.id, refreshToken, sessionExpiresAt: session.expiresAt }
}

/** A fresh access token of a session. */
export async function accessToken(
  { secrets }: Pick<Context, 'secrets'>,
  claims: { userId: string; sessionId: string },
  sessionExpiresAt: Date,
): Promise<{ token: string; expiresAt: Date }> {
  const expiresAt = new Date(Math.min(Date.now() + accessLifetime, sessionExpiresAt.getTime()))
  return { token: await signBearer(secrets.signingKey('session'), claims, expiresAt), expiresAt }
}
