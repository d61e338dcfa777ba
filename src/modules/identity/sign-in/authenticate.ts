import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Notifications } from '../../../database/listen.ts'
import { type HeldGrant, type Rights, rightsOf } from '../../../graphql/auth/rights.ts'
import type { Actor, SessionLimits } from '../../../graphql/context.ts'
import { unauthenticated } from '../../../graphql/errors.ts'
import { grantsColumn, grantsJoins } from '../access/held-grants.ts'
import { verifyBearer } from './bearer.ts'
import { type Clock, Recent } from './recent.ts'
import { endedJustNow, hashToken, isToken } from './sessions.ts'

/** Who calls, and what they may do. */
export type Caller = {
  actor: Actor
  rights: Rights
  sessionId: string | null
  /** They called with a publishable key. */
  publishable?: boolean
  /** They are a partner's program. */
  partner?: boolean
}

/** The request that asks who calls: its page's origin, its id, and the address that it comes from. */
export type Asking = { origin?: string | undefined; requestId?: string; address?: string }

/** What came with a request: the session cookie's value, and the token of `Authorization: Bearer`. */
export type Credentials = Asking & {
  cookie: string | undefined
  bearer: string | undefined
  /** Nobody did anything: what is open asks whether it may go on. It doesn't keep a session from idling. */
  idly?: boolean
}

/** A kind of bearer tokens that others than our own sign-in issue. */
export type BearerScheme = {
  /** Whether a token looks like one of this kind; then no other scheme is asked. */
  recognises: (token: string) => boolean
  /** Who the token stands for, with their grants at this moment. Throws UNAUTHENTICATED unless it is good. */
  identify: (token: string, asking: Asking) => Promise<Identified>
}

type Identified = Pick<Caller, 'actor' | 'publishable' | 'partner'> & { grants: HeldGrant[] }

/** Tells who calls. */
export type Authenticator = (credentials: Credentials) => Promise<Caller>

type LiveSession = { sessionId: string; userId: string; seenLately: boolean; grants: HeldGrant[] }

// How long a revoked right may live on where no notification comes, in milliseconds.
const cacheAge = 1000

// The last request of a session is noted at most so often, in milliseconds, or four times in its idle time.
const seenEvery = 60_000

/**
 * Makes what tells who calls. A bearer token counts before a cookie, and throws UNAUTHENTICATED unless it is genuine and
 * its session lives. A cookie that isn't worth anything (any more) makes the caller nobody, so that they can sign in again.
 */
export function createAuthenticator(deps: {
  database: Database
  sessionKey: Uint8Array
  sessions: SessionLimits
  /** Of other issuers, in the order in which they are asked. */
  schemes?: readonly BearerScheme[]
  /** Forgets at once what PostgreSQL says has changed. */
  notifications?: Notifications
  /** For tests. */
  clock?: Clock
}): Authenticator & { knownRights: () => Iterable<Rights> } {
  const clock = deps.clock ?? (() => performance.now())
  const nobody: Caller = { actor: { kind: 'anonymous', id: null }, rights: rightsOf([]), sessionId: null }
  const callers = new Recent<Caller>({ lifetime: cacheAge, bound: 10_000, clock })
  // Equal grants share their rights, so that these keep the answers they have already given.
  const known = new Recent<Rights>({ lifetime: Number.POSITIVE_INFINITY, bound: 1000, clock })
  // An answer that was asked for before the last change may be from before it.
  let forgotten = 0
  deps.notifications?.on('lethe_access', () => {
    forgotten++
    callers.clear()
  })

  async function remembered(key: string, find: () => Promise<Caller | undefined>): Promise<Caller | undefined> {
    const cached = callers.get(key)
    if (cached) return cached.sessionId && endedJustNow(cached.sessionId) ? undefined : cached
    const since = clock()
    const before = forgotten
    const found = await find()
    if (found && before === forgotten) callers.set(key, found, since)
    return found
  }

  const { idle } = deps.sessions
  const noteAfter = Math.min(seenEvery, idle / 4)

  async function bySession(which: Prisma.Sql, idly: boolean): Promise<Caller | undefined> {
    const session = await liveSession(deps.database, which, { idle, noteAfter })
    if (!session) return undefined
    if (!session.seenLately && !idly) await noteSeen(deps.database, session.sessionId, noteAfter)
    const actor: Actor = { kind: 'user', id: session.userId }
    return { actor, rights: sharedRights(session.grants), sessionId: session.sessionId }
  }

  function sharedRights(grants: HeldGrant[]) {
    const key = JSON.stringify(grants)
    const rights = known.get(key) ?? rightsOf(grants)
    known.set(key, rights)
    return rights
  }

  async function byBearer(bearer: string, idly: boolean, asking: Asking): Promise<Caller | undefined> {
    const scheme = deps.schemes?.find(({ recognises }) => recognises(bearer))
    if (scheme) {
      return remembered(`${asking.origin ?? ''} ${hashToken(bearer)}`, async () => {
        const { grants, ...who } = await scheme.identify(bearer, asking)
        return { ...who, rights: sharedRights(grants), sessionId: null }
      })
    }
    return remembered(`bearer ${hashToken(bearer)}`, async () => {
      const { sessionId, userId } = await verifyBearer(deps.sessionKey, bearer)
      return bySession(Prisma.sql`s.id = ${sessionId}::uuid AND s.user_id = ${userId}::uuid`, idly)
    })
  }

  const authenticate: Authenticator = async ({ cookie, bearer, idly = false, ...asking }) => {
    if (bearer !== undefined) {
      const found = await byBearer(bearer, idly, asking)
      if (!found) throw unauthenticated()
      return found
    }
    if (cookie === undefined || !isToken(cookie)) return nobody
    const hash = hashToken(cookie)
    return (await remembered(`cookie ${hash}`, () => bySession(Prisma.sql`s.token_hash = ${hash}`, idly))) ?? nobody
  }
  return Object.assign(authenticate, { knownRights: () => known.values() })
}

/** The session with its user's grants, in one statement; nothing if it has ended or expired, or the user is disabled. */
async function liveSession(
  database: Database,
  which: Prisma.Sql,
  { idle, noteAfter }: { idle: number; noteAfter: number },
): Promise<LiveSession | undefined> {
  const [session] = await database.$queryRaw<LiveSession[]>`
    SELECT s.id AS "sessionId", s.user_id AS "userId", ${grantsColumn} AS grants,
      s.last_seen_at > now() - ${noteAfter} * interval '1 millisecond' AS "seenLately"
    FROM session s
    JOIN user_account u ON u.id = s.user_id
    ${grantsJoins}
    WHERE ${which} AND s.ended_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL
      AND s.last_seen_at > now() - ${idle} * interval '1 millisecond'
    GROUP BY s.id, s.user_id`
  return session
}

/** Of several requests at once, one notes it. */
async function noteSeen(database: Database, sessionId: string, noteAfter: number) {
  await database.$executeRaw`
    UPDATE session SET last_seen_at = now()
    WHERE id = ${sessionId}::uuid AND last_seen_at <= now() - ${noteAfter} * interval '1 millisecond'`
}
