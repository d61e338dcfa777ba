import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import { type GrantedRight, type Rights, rightsOf } from '../../graphql/auth/rights.ts'
import type { Actor } from '../../graphql/context.ts'
import { unauthenticated } from '../../graphql/errors.ts'
import { verifyBearer } from './bearer.ts'
import { type Clock, Recent } from './recent.ts'
import { endedJustNow, hashToken, isToken } from './sessions.ts'

/** Who calls, and what they may do. */
export type Caller = { actor: Actor; rights: Rights; sessionId: string | null }

/** What came with a request: the session cookie's value, and the token of `Authorization: Bearer`. */
export type Credentials = { cookie: string | undefined; bearer: string | undefined }

type LiveSession = { sessionId: string; userId: string; grants: GrantedRight[] }

// How long a revoked right may live on, in milliseconds.
const cacheAge = 1000

/**
 * Tells who calls. A bearer token counts before a cookie, and throws UNAUTHENTICATED unless it is genuine and its session
 * lives. A cookie that isn't worth anything (any more) makes the caller nobody, so that they can sign in again.
 */
export function createAuthenticator(deps: {
  database: Database
  sessionKey: Uint8Array
  /** For tests. */
  clock?: Clock
}): (credentials: Credentials) => Promise<Caller> {
  const clock = deps.clock ?? (() => performance.now())
  const nobody: Caller = { actor: { kind: 'anonymous', id: null }, rights: rightsOf([]), sessionId: null }
  const callers = new Recent<Caller & { sessionId: string }>({ lifetime: cacheAge, bound: 10_000, clock })
  // Equal grants share their rights, so that these keep the answers they have already given.
  const known = new Recent<Rights>({ lifetime: Number.POSITIVE_INFINITY, bound: 1000, clock })

  async function caller(key: string, which: Prisma.Sql): Promise<Caller | undefined> {
    const cached = callers.get(key)
    if (cached) return endedJustNow(cached.sessionId) ? undefined : cached
    const since = clock()
    const session = await liveSession(deps.database, which)
    if (!session) return undefined
    const actor: Actor = { kind: 'user', id: session.userId }
    const found = { actor, rights: sharedRights(session.grants), sessionId: session.sessionId }
    callers.set(key, found, since)
    return found
  }

  function sharedRights(grants: GrantedRight[]) {
    const key = JSON.stringify(grants)
    const rights = known.get(key) ?? rightsOf(grants)
    known.set(key, rights)
    return rights
  }

  return async ({ cookie, bearer }) => {
    if (bearer !== undefined) {
      const { sessionId, userId } = await verifyBearer(deps.sessionKey, bearer)
      const which = Prisma.sql`s.id = ${sessionId}::uuid AND s.user_id = ${userId}::uuid`
      const found = await caller(`bearer ${sessionId} ${userId}`, which)
      if (!found) throw unauthenticated()
      return found
    }
    if (cookie === undefined || !isToken(cookie)) return nobody
    const hash = hashToken(cookie)
    return (await caller(`cookie ${hash}`, Prisma.sql`s.token_hash = ${hash}`)) ?? nobody
  }
}

/** The session with its user's grants, in one statement; nothing if it has ended or expired, or the user is disabled. */
async function liveSession(database: Database, which: Prisma.Sql): Promise<LiveSession | undefined> {
  const [session] = await database.$queryRaw<LiveSession[]>`
    SELECT s.id AS "sessionId", s.user_id AS "userId", coalesce(
      jsonb_agg(DISTINCT jsonb_build_object('right', g."right", 'read', g."read", 'write', g."write"))
        FILTER (WHERE g.role_id IS NOT NULL), '[]') AS grants
    FROM session s
    JOIN user_account u ON u.id = s.user_id
    LEFT JOIN role_assignment a ON a.user_id = u.id
    LEFT JOIN role_grant g ON g.role_id = a.role_id
    WHERE ${which} AND s.ended_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL
    GROUP BY s.id, s.user_id`
  return session
}
