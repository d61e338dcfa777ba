import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import { Recent } from './recent.ts'

/** A session that has just begun. The cookie's token is known here and to the browser, and nowhere else. */
export type NewSession = { id: string; cookie: string; expiresAt: Date }

/** What is kept of a sign-in, besides the session itself. */
export type SignedInBy = { userId: string; address: string; userAgent: string; methods: Method[] }

const methods = ['password', 'totp', 'recovery-code', 'passkey', 'link', 'provider'] as const

/** How somebody proved who they are. */
export type Method = (typeof methods)[number]

/** Whether a stored text is one of them. */
export const isMethod = (text: string): text is Method => methods.some((method) => method === text)

/**
 * Begins a session.
 *
 * @param lifetime Milliseconds.
 */
export async function startSession(tx: Transaction, by: SignedInBy, lifetime: number): Promise<NewSession> {
  const session = { id: uuidv7(), expiresAt: new Date(Date.now() + lifetime) }
  const cookie = newToken()
  await tx.session.create({ data: { ...session, ...by, tokenHash: hashToken(cookie) } })
  return { ...session, cookie }
}

/** A random token of 256 bits. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** Ends a session, and with it its cookie and its bearer tokens. Tell `noteEnded` once that is committed. */
export async function endSession(tx: Transaction, id: string): Promise<void> {
  await tx.session.updateMany({ where: { id, endedAt: null }, data: { endedAt: new Date() } })
}

/** Ends all sessions of a user but one. Returns them: tell `noteEnded` of each once that is committed. */
export async function endSessionsOf(tx: Transaction, userId: string, keep: string | null = null): Promise<string[]> {
  const where = { userId, endedAt: null, ...(keep && { id: { not: keep } }) }
  const sessions = await tx.session.findMany({ where, select: { id: true } })
  await tx.session.updateMany({ where, data: { endedAt: new Date() } })
  return sessions.map(({ id }) => id)
}

/**
 * Ends all sessions of a user, sign-ins under way, and what an identity provider issued before. Returns the sessions: tell
 * `noteEnded` of each once that is committed.
 */
export async function endSignInsOf(tx: Transaction, userId: string): Promise<string[]> {
  await tx.user.update({ where: { id: userId }, data: { signedOutAt: new Date() } })
  await tx.signInChallenge.deleteMany({ where: { userId } })
  return endSessionsOf(tx, userId)
}

// What this process ended counts at once here; other processes notice when their memory of the session is a second old.
const ended = new Recent<true>({ lifetime: 10_000, bound: 100_000, clock: () => performance.now() })

/** Remembers that a session was ended here just now. */
export const noteEnded = (id: string): void => ended.set(id, true)

/** Whether this process ended the session just now. */
export const endedJustNow = (id: string): boolean => ended.get(id) === true

/** Whether a cookie's value can be a token of ours at all. */
export const isToken = (value: string): boolean => /^[\w-]{43}$/.test(value)

/** What is stored of a cookie's token. It is random, so a plain hash is enough. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')
