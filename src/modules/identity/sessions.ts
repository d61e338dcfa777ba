import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../database/transact.ts'
import { Recent } from './recent.ts'

/** Milliseconds that a sign-in lasts. */
export const sessionLifetime = 12 * 60 * 60 * 1000

/** A session that has just begun. The cookie's token is known here and to the browser, and nowhere else. */
export type NewSession = { id: string; cookie: string; expiresAt: Date }

/** Begins a session. */
export async function startSession(tx: Transaction, userId: string, address: string): Promise<NewSession> {
  const session = { id: uuidv7(), expiresAt: new Date(Date.now() + sessionLifetime) }
  const cookie = randomBytes(32).toString('base64url')
  await tx.session.create({ data: { ...session, userId, address, tokenHash: hashToken(cookie) } })
  return { ...session, cookie }
}

/** Ends a session, and with it its cookie and its bearer tokens. Tell `noteEnded` once that is committed. */
export async function endSession(tx: Transaction, id: string): Promise<void> {
  await tx.session.updateMany({ where: { id, endedAt: null }, data: { endedAt: new Date() } })
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
