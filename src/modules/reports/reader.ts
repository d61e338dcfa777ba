import { randomUUID } from 'node:crypto'
import { rightsOf } from '../../graphql/auth/rights.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { grantsOf } from '../identity/access/authority.ts'

/**
 * The context in which work is done for a user who isn't there: their rights and their sight, as they are at this moment, and nothing
 * beyond. Undefined if they may not sign in any more, or are gone.
 */
export async function contextOf(
  work: Omit<WorkContext, 'requestId'>,
  userId: string,
  requestId: string = randomUUID(),
): Promise<Context | undefined> {
  const grants = await grantsOf(work.database, userId, { enabled: true })
  if (!grants) return undefined
  return {
    ...work,
    actor: { kind: 'user', id: userId },
    rights: rightsOf(grants),
    requestId,
    sessionId: null,
    address: '',
    userAgent: '',
    setSessionCookie: () => undefined,
    deviceCookie: undefined,
    setDeviceCookie: () => undefined,
    sessions: { lifetime: 0, idle: 0 },
    loaders: {},
  }
}
