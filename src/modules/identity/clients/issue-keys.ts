import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput, notFound } from '../../../graphql/errors.ts'
import { changeAccess } from '../access/change-access.ts'
import { hashToken } from '../sign-in/sessions.ts'
import { mustHoldScopes, requireClient, right } from './clients.ts'
import { type KeyKind, newKey, shownOf } from './keys.ts'

/** A key that was made. `key` is known here and to whoever made it, and nowhere else. */
export type IssuedKey = { id: string; key: string }

/** How many keys of a client may be good at a time. */
const mostLive = 20

// What has a later date can't be told in ISO 8601 with four digits.
const lastDay = Date.UTC(9999, 11, 31)

/** How long two keys of a client may overlap, in hours. */
export const longestOverlap = 30 * 24

/** Makes a key of a client. Throws FORBIDDEN where the caller doesn't hold what it gives. */
export async function createClientKey(
  context: Context,
  clientId: string,
  kind: KeyKind,
  expiresAt: Date | null,
): Promise<IssuedKey> {
  requireFuture(expiresAt)
  return changeAccess(context, 'createClientKey', right, async (tx, caller) => {
    await requireClient(tx, clientId)
    await mustHoldScopes(tx, caller, clientId, 'client')
    return issue(tx, clientId, kind, expiresAt)
  })
}

/**
 * Makes a key that follows another one of its kind, which runs out meanwhile. Throws FORBIDDEN where the caller doesn't hold
 * what the key gives.
 *
 * @param overlap Hours that the former key stays good.
 * @param expiresAt By default as long from now as the former key had from its making.
 */
export async function rotateClientKey(
  context: Context,
  id: string,
  { overlap, expiresAt }: { overlap: number; expiresAt: Date | null | undefined },
): Promise<IssuedKey> {
  requireFuture(expiresAt)
  if (!(overlap >= 0 && overlap <= longestOverlap))
    throw invalidInput([{ field: 'overlapHours', message: `From 0 to ${longestOverlap} hours.` }])
  return changeAccess(context, 'rotateClientKey', right, async (tx, caller) => {
    const former = await requireKey(tx, id)
    const now = new Date()
    if (former.revokedAt || (former.expiresAt && former.expiresAt <= now))
      throw invalidInput([{ field: 'id', message: 'This key is over: make a new one with createClientKey.' }])
    await mustHoldScopes(tx, caller, former.clientId, 'id')
    const end = new Date(Math.min(now.getTime() + overlap * 3_600_000, former.expiresAt?.getTime() ?? Infinity))
    // Said by the database's clock, a moment later would still be too early by ours.
    await tx.clientKey.update({ where: { id }, data: overlap === 0 ? { revokedAt: now } : { expiresAt: end } })
    const lifetime = former.expiresAt && former.expiresAt.getTime() - former.createdAt.getTime()
    const likewise = lifetime === null ? null : new Date(Math.min(now.getTime() + lifetime, lastDay))
    return issue(tx, former.clientId, former.kind === 'secret' ? 'secret' : 'publishable', expiresAt ?? likewise)
  })
}

/** Makes a key worthless at once. */
export async function revokeClientKey(context: Context, id: string): Promise<void> {
  await changeAccess(context, 'revokeClientKey', right, async (tx) => {
    const { revokedAt } = await requireKey(tx, id)
    if (!revokedAt) await tx.clientKey.update({ where: { id }, data: { revokedAt: new Date() } })
  })
}

async function issue(tx: Transaction, clientId: string, kind: KeyKind, expiresAt: Date | null): Promise<IssuedKey> {
  const live = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] }
  if ((await tx.clientKey.count({ where: { clientId, ...live } })) >= mostLive)
    throw invalidInput([
      { field: 'client', message: `It has ${mostLive} keys already: revoke those that nobody uses.` },
    ])
  const id = uuidv7()
  const key = newKey(kind)
  const data = { id, clientId, kind, prefix: shownOf(kind, key), keyHash: hashToken(key), expiresAt }
  await tx.clientKey.create({ data })
  return { id, key }
}

async function requireKey(tx: Transaction, id: string) {
  const key = await tx.clientKey.findUnique({ where: { id } })
  if (!key) throw notFound('ClientKey')
  return key
}

function requireFuture(expiresAt: Date | null | undefined) {
  if (expiresAt && expiresAt <= new Date())
    throw invalidInput([{ field: 'expiresAt', message: 'This is in the past already.' }])
}
