import { Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { unauthenticated } from '../../../graphql/errors.ts'
import { logEvent } from './log-event.ts'
import { accessToken, type SignInStep } from './proceed.ts'
import { endSession, hashToken, isToken, newToken, noteEnded } from './sessions.ts'

type RefreshContext = WorkContext & Pick<Context, 'address' | 'sessions'>

type LiveSession = { id: string; userId: string; expiresAt: Date }

type Outcome = { session: LiveSession } | { ended: string }

/**
 * Gives the next access token of a session, and the next refresh token; the one that was offered is used up. Used a second
 * time, one of the two who have it is a thief, and nobody knows which: the session ends. Throws UNAUTHENTICATED.
 */
export async function refreshSession(context: RefreshContext, offered: string): Promise<SignInStep> {
  if (!isToken(offered)) throw unauthenticated()
  const tokenHash = hashToken(offered)
  const refreshToken = newToken()
  // Of several at once, one uses the token; the others begin again, and find it used.
  const outcome = await transact(context, 'refreshSession', async (tx): Promise<Outcome> => {
    const { count } = await tx.refreshToken.updateMany({
      where: { tokenHash, usedAt: null },
      data: { usedAt: new Date() },
    })
    if (count === 0) return endReused(tx, context, tokenHash)
    const session = await useSession(tx, tokenHash, context.sessions.idle)
    if (!session) throw unauthenticated()
    await tx.refreshToken.create({ data: { tokenHash: hashToken(refreshToken), sessionId: session.id } })
    return { session }
  })
  if ('ended' in outcome) {
    noteEnded(outcome.ended)
    throw unauthenticated()
  }
  const { id, userId, expiresAt: sessionExpiresAt } = outcome.session
  const access = await accessToken(context, { userId, sessionId: id }, sessionExpiresAt)
  return { userId, session: { ...access, id, refreshToken, sessionExpiresAt } }
}

/** The session of the token, seen just now; nothing if it has ended or expired, or the user is disabled. */
async function useSession(tx: Transaction, tokenHash: string, idle: number): Promise<LiveSession | undefined> {
  const [session] = await tx.$queryRaw<LiveSession[]>(Prisma.sql`
    UPDATE session s SET last_seen_at = now()
    FROM refresh_token t, user_account u
    WHERE t.token_hash = ${tokenHash} AND s.id = t.session_id AND u.id = s.user_id AND u.disabled_at IS NULL
      AND s.ended_at IS NULL AND s.expires_at > now()
      AND s.last_seen_at > now() - ${idle} * interval '1 millisecond'
    RETURNING s.id, s.user_id AS "userId", s.expires_at AS "expiresAt"`)
  return session
}

async function endReused(tx: Transaction, context: RefreshContext, tokenHash: string): Promise<Outcome> {
  const used = await tx.refreshToken.findUnique({ where: { tokenHash }, include: { session: true } })
  // Told once: whoever repeats it fills no log.
  if (!used || used.session.endedAt) throw unauthenticated()
  const { sessionId } = used
  await endSession(tx, sessionId)
  await tx.refreshToken.deleteMany({ where: { sessionId, usedAt: null } })
  const changes = { address: { new: context.address } }
  const event = { action: 'refused', operation: 'refreshSession', entity: 'Session', entityId: sessionId } as const
  await logEvent(tx, context, { ...event, changes })
  return { ended: sessionId }
}
