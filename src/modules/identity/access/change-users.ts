import type { Transaction } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { removeFactors } from '../factors/changes.ts'
import { voidLinks } from '../links/links.ts'
import { requireConfirmed } from '../sign-in/confirm.ts'
import { generatePassword } from '../sign-in/password.ts'
import { endSignInsOf, noteEnded } from '../sign-in/sessions.ts'
import { setPassword, storable } from '../sign-in/set-password.ts'
import { type Authority, grantsOf } from './authority.ts'
import { changeAccess } from './change-access.ts'
import {
  addressTaken,
  emailFault,
  languageFault,
  nameFault,
  normaliseEmail,
  normaliseName,
  requireUser,
} from './users.ts'

/** What one may change about a user. Absent: as it is. */
export type UserDraft = {
  name?: string | null | undefined
  language?: string | null | undefined
  email?: string | null | undefined
}

const right = 'identity.users'

/**
 * Changes what a user is called, and what they sign in with. With another address, links that were mailed to the former one
 * are worth nothing. Throws INVALID_INPUT with every fault, FORBIDDEN for the address of who may do more than the caller, and
 * CONFIRMATION_NEEDED for the caller's own (ASVS 7.5.1).
 */
export async function updateUser(context: Context, id: string, draft: UserDraft): Promise<void> {
  const data = checked(draft)
  if (data.email !== undefined && isSelf(context, id)) await requireConfirmed(context)
  await unlessTaken(addressTaken, () =>
    changeAccess(context, 'updateUser', right, async (tx, caller) => {
      const user = await requireUser(tx, id)
      if (data.email !== undefined && data.email !== user.email) {
        await mustHoldAllOf(tx, caller, id)
        await voidLinks(tx, id)
      }
      // Who says an address (again) means that mails are to go there.
      const arrives = data.email === undefined ? {} : { undeliverableAt: null }
      await tx.user.update({ where: { id }, data: { ...data, ...arrives } })
    }),
  )
}

/** Lets a user in no more, and ends their sessions. Throws FORBIDDEN for who may do more than the caller. */
export async function disableUser(context: WorkContext, id: string): Promise<void> {
  await changeAccount(context, 'disableUser', id, async (tx, { disabledAt }) => {
    if (!disabledAt) await tx.user.update({ where: { id }, data: { disabledAt: new Date() } })
    await voidLinks(tx, id)
    return endSignInsOf(tx, id)
  })
}

/** Lets a user in again. Throws FORBIDDEN for who may do more than the caller. */
export async function enableUser(context: WorkContext, id: string): Promise<void> {
  await changeAccount(context, 'enableUser', id, async (tx, { disabledAt }) => {
    if (disabledAt) await tx.user.update({ where: { id }, data: { disabledAt: null } })
    return []
  })
}

/** Signs a user out everywhere. Throws FORBIDDEN for who may do more than the caller. */
export async function endUserSessions(context: WorkContext, id: string): Promise<void> {
  await changeAccount(context, 'endUserSessions', id, (tx) => endSignInsOf(tx, id))
}

/**
 * Removes the second factors of a user who lost them, and ends their sessions. A password that is safe only together with
 * them goes, too. Throws FORBIDDEN for who may do more than the caller.
 */
export async function resetSecondFactor(context: WorkContext, id: string): Promise<void> {
  if (isSelf(context, id)) {
    const message = 'Your own second factor is changed on the account page, or with removeTotp and removePasskey.'
    throw invalidInput([{ field: 'id', message }])
  }
  await changeAccount(context, 'resetSecondFactor', id, async (tx, { passwordIsShort }) => {
    await removeFactors(tx, id)
    if (passwordIsShort) await tx.user.update({ where: { id }, data: noPassword })
    return endSignInsOf(tx, id)
  })
}

/** Gives a user a new password and ends their sessions. Returns the password. For the operator: others send links. */
export async function resetPassword(context: WorkContext, id: string, { withFactors = false } = {}): Promise<string> {
  const password = generatePassword()
  const stored = await storable(password)
  await changeAccount(context, 'resetPassword', id, async (tx) => {
    if (withFactors) await removeFactors(tx, id)
    return [...(await setPassword(tx, id, stored, null)), ...(await endSignInsOf(tx, id))]
  })
  return password
}

/** What is stored of a user who has no password here. */
export const noPassword = { passwordHash: '', passwordSetAt: null, passwordIsShort: false }

type User = Awaited<ReturnType<typeof requireUser>>

/** Changes somebody's account. The change returns the sessions that it ended. */
async function changeAccount(
  context: WorkContext,
  operation: string,
  id: string,
  change: (tx: Transaction, user: User) => Promise<string[]>,
) {
  const ended = await changeAccess(context, operation, right, async (tx, caller) => {
    const user = await requireUser(tx, id)
    await mustHoldAllOf(tx, caller, id)
    return change(tx, user)
  })
  ended.forEach(noteEnded)
}

/**
 * Throws FORBIDDEN where the user holds more than the caller: whoever has an account in hand has its rights. Doesn't tell
 * which, since who manages users need not know what roles allow.
 */
export async function mustHoldAllOf(tx: Transaction, caller: Authority, userId: string): Promise<void> {
  if (isSelf(caller, userId)) return
  if (caller.lacks((await grantsOf(tx, userId)) ?? []).length === 0) return
  throw new LetheError(
    'FORBIDDEN',
    'Nothing was done, because this user may do more than you: it takes somebody who may do as much, such as an administrator.',
  )
}

const isSelf = ({ actor }: Pick<WorkContext, 'actor'>, userId: string) => actor.kind === 'user' && actor.id === userId

/** What was said, as it is stored. Throws INVALID_INPUT with every fault. */
function checked({ name, language, email }: UserDraft) {
  const data = {
    ...(name !== undefined && { name: normaliseName(name ?? '') }),
    ...(language !== undefined && { language: language ?? '' }),
    ...(email !== undefined && { email: normaliseEmail(email ?? '') }),
  }
  const faults: Fault[] = [
    ...(data.name === undefined ? [] : nameFault(data.name)),
    ...(data.language === undefined ? [] : languageFault(data.language)),
    ...(data.email === undefined ? [] : emailFault(data.email)),
  ]
  if (faults.length > 0) throw invalidInput(faults)
  return data
}
