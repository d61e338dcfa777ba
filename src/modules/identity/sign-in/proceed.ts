import type { JsonObject } from '../../../database/json.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { holdUser } from '../access/hold-user.ts'
import { hasFactor } from '../factors/changes.ts'
import { type Factor, factorsOf, passkeyQuestion } from '../factors/factors.ts'
import { rememberPlace } from './attempts.ts'
import { signBearer } from './bearer.ts'
import { rememberDevice } from './device.ts'
import { endSession, hashToken, isMethod, type Method, newToken, noteEnded, startSession } from './sessions.ts'

/** What came of one step of a sign-in: a session, or the question for a second factor. */
export type SignInStep = { userId: string; session?: SignedIn; challenge?: Challenge }

/** A successful sign-in; the cookies are set already. */
export type SignedIn = {
  id: string
  /** The access token, for `Authorization: Bearer`, and until when it is good. */
  token: string
  expiresAt: Date
  /** Gives the next access token, once. */
  refreshToken: string
  /** When to sign in again at the latest. */
  sessionExpiresAt: Date
  /** Lets the device be known again; for clients without cookies. */
  device?: string
}

/** The question for a second factor. */
export type Challenge = {
  token: string
  expiresAt: Date
  factors: readonly Factor[]
  /** For `navigator.credentials.get`, where there is a passkey. */
  passkeyOptions?: JsonObject
}

/** What else is known of a step of a sign-in. */
export type StepOptions = {
  /** The device token of a client without cookies. */
  device?: string | null | undefined
  /** Of the password that was found right. If it was changed since, the sign-in is over. */
  passwordSetAt?: Date | null | undefined
  /** The caller is signed in already: what they showed then still counts. */
  standing?: boolean
  /** What has to happen together with the beginning of the session, or not at all. */
  together?: (tx: Transaction) => Promise<void>
}

const accessLifetime = 10 * 60_000
const challengeLifetime = 5 * 60_000

/**
 * Goes on when somebody proved who they are: to a session, which replaces the one that the caller had, or to the second
 * factor if the user has one and hasn't shown it. Whoever comes from an identity provider has shown there what it takes.
 * Throws SIGN_IN_FAILED if the user is disabled.
 *
 * @param operation The name for the audit log.
 * @param methods What was proven so far, this step included.
 */
export async function proceed(
  context: Context,
  operation: string,
  userId: string,
  methods: readonly Method[],
  options: StepOptions = {},
): Promise<SignInStep> {
  const factors = isEnough(methods) ? [] : await factorsOf(context.database, userId)
  if (factors.length === 0) return { userId, session: await begin(context, operation, userId, methods, options) }
  return { userId, challenge: await issueChallenge(context, { operation, userId, methods, options }, factors) }
}

const isEnough = (methods: readonly Method[]) =>
  methods.some((method) => ['totp', 'recovery-code', 'passkey', 'provider'].includes(method))

/** That a sign-in can't go on, and has to begin again. */
export const signInOver = (): LetheError =>
  new LetheError('SIGN_IN_FAILED', 'This sign-in is over: begin again with e-mail and password.', { beginAgain: true })

type Step = { operation: string; userId: string; methods: readonly Method[]; options?: StepOptions }

/** Asks for a second factor. */
export async function issueChallenge(context: Context, step: Step, factors: readonly Factor[]): Promise<Challenge> {
  const token = newToken()
  const expiresAt = new Date(Date.now() + challengeLifetime)
  const passkey = factors.includes('passkey') ? await passkeyQuestion(context, step.userId) : undefined
  const row = { tokenHash: hashToken(token), passkeyChallenge: passkey?.challenge ?? '', expiresAt }
  await withUser(context, step, (tx) =>
    tx.signInChallenge.create({ data: { ...row, userId: step.userId, methods: [...step.methods] } }),
  )
  return { token, expiresAt, factors, ...(passkey && { passkeyOptions: passkey.options }) }
}

/**
 * Goes on in a fresh session in the place of the caller's: whatever somebody stole of that one is worth nothing any more
 * (ASVS 7.2.4).
 */
export async function renewSession(context: Context, operation: string, userId: string): Promise<SignInStep> {
  const { methods } = await context.database.session.findUniqueOrThrow({
    where: { id: context.sessionId ?? '' },
    select: { methods: true },
  })
  const session = await begin(context, operation, userId, methods.filter(isMethod), { standing: true })
  return { userId, session }
}

async function begin(
  context: Context,
  operation: string,
  userId: string,
  methods: readonly Method[],
  options: StepOptions,
): Promise<SignedIn> {
  const { sessionId: former, address, userAgent, sessions } = context
  const refreshToken = newToken()
  const { user, session } = await withUser(context, { operation, userId, methods, options }, async (tx, user) => {
    // Added since the question whether there is one.
    if (!options.standing && !isEnough(methods) && (await hasFactor(tx, userId))) throw signInOver()
    await options.together?.(tx)
    if (former) await endSession(tx, former)
    const session = await startSession(tx, { userId, address, userAgent, methods: [...methods] }, sessions.lifetime)
    await tx.refreshToken.create({ data: { tokenHash: hashToken(refreshToken), sessionId: session.id } })
    return { user, session }
  })
  if (former) noteEnded(former)
  context.setSessionCookie(session.cookie)
  const device = await rememberDevice(context, user, options.device)
  await rememberPlace(context, userId)
  const access = await accessToken(context, { userId, sessionId: session.id }, session.expiresAt)
  return { ...access, id: session.id, refreshToken, sessionExpiresAt: session.expiresAt, device }
}

/** Nothing of a sign-in outlives a change of the password, or a disabling, that happens at the same moment. */
async function withUser<T>(
  context: Context,
  { operation, userId, options = {} }: Step,
  run: (tx: Transaction, user: { id: string; passwordSetAt: Date | null }) => Promise<T>,
): Promise<T> {
  return transact({ ...context, actor: { kind: 'user', id: userId } }, operation, async (tx) => {
    await holdUser(tx, userId)
    const user = await tx.user.findUnique({
      where: { id: userId },
      select: { id: true, passwordSetAt: true, disabledAt: true },
    })
    if (!user || user.disabledAt) throw signInOver()
    const { passwordSetAt: judged } = options
    if (judged !== undefined && judged?.getTime() !== user.passwordSetAt?.getTime()) throw signInOver()
    return run(tx, user)
  })
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
