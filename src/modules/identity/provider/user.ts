import { v7 as uuidv7 } from 'uuid'
import type { ProviderConfig } from '../../../config.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { noPassword } from '../access/change-users.ts'
import { holdUser } from '../access/hold-user.ts'
import { hasFactor, removeFactors } from '../factors/changes.ts'
import { voidLinks } from '../links/links.ts'
import { mailLinked } from '../links/mails.ts'
import { endSessionsOf, noteEnded } from '../sign-in/sessions.ts'
import type { Person } from './person.ts'
import { meantRoles, synchroniseRoles } from './roles.ts'

/** The name in the audit log of what a sign-in with the provider does. */
export const operation = 'signInWithProvider'

/** Somebody's account. Unwelcome is who is disabled, and who has an address that somebody else at the provider had before. */
export type FoundUser = {
  id: string
  welcome: boolean
  /** Sessions that ended: tell `noteEnded` of them. */
  ended?: string[]
}

/** The user that somebody at the provider is, with the roles that it gives them now; undefined for strangers. */
export async function userOf(
  context: WorkContext,
  config: ProviderConfig,
  person: Person,
): Promise<FoundUser | undefined> {
  const settle = (withdraw: boolean) =>
    transact(
      { ...context, actor: { kind: 'system', id: null } },
      operation,
      async (tx) => {
        const roles = await meantRoles(tx, config, person.groups)
        const user = await findUser(tx, context, person, roles.length > 0)
        if (user?.welcome) await synchroniseRoles(tx, user.id, roles, { withdraw })
        return user
      },
      { isolation: 'Serializable', integrated: true },
    )
  const told = (user: FoundUser | undefined) => {
    user?.ended?.forEach(noteEnded)
    return user
  }
  try {
    return told(await settle(true))
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'LAST_ADMINISTRATOR') throw error
    const { log, requestId } = context
    log.warn({ requestId }, 'the identity provider withdraws the roles of the last administrator: they stay')
    return told(await settle(false))
  }
}

/**
 * Users are known by issuer and subject (ASVS 6.8.1). Somebody new is taken for the user with their address, since the
 * operator trusts this one provider to check addresses: but once, so that an address that is given to somebody else takes
 * nobody's account along. Or they become a user, if they may: when a role of ours is meant for them.
 */
async function findUser(
  tx: Transaction,
  context: WorkContext,
  person: Person,
  mayJoin: boolean,
): Promise<FoundUser | undefined> {
  const { issuer, subject, email, name, language } = person
  const known = await tx.externalIdentity.findUnique({
    where: { issuer_subject: { issuer, subject } },
    select: { user: { select: { id: true, disabledAt: true } } },
  })
  if (known) return { id: known.user.id, welcome: !known.user.disabledAt }
  if (email === undefined) return undefined

  const owner = await tx.user.findUnique({
    where: { email },
    select: {
      id: true,
      email: true,
      name: true,
      language: true,
      disabledAt: true,
      externalIdentities: { where: { issuer }, select: { id: true } },
    },
  })
  if (owner && (owner.disabledAt || owner.externalIdentities.length > 0)) return { id: owner.id, welcome: false }
  // A mailbox alone opens no account that has a second factor (ASVS 6.4.3): an administrator takes that away first.
  if (owner && (await hasFactor(tx, owner.id))) return { id: owner.id, welcome: false }
  if (!owner && !mayJoin) return undefined
  const userId = owner?.id ?? uuidv7()
  if (!owner) await tx.user.create({ data: { id: userId, email, name, language, passwordSetAt: null } })
  await tx.externalIdentity.create({ data: { id: uuidv7(), userId, issuer, subject } })
  if (!owner) return { id: userId, welcome: true }
  await mailLinked(tx, context, owner)
  return { id: userId, welcome: true, ended: await takeOver(tx, userId) }
}

/**
 * From now on the user signs in at the provider alone. Whoever made the account, perhaps to lie in wait in it until its
 * owner comes with more rights, keeps no way in. Returns the sessions that ended.
 */
async function takeOver(tx: Transaction, userId: string): Promise<string[]> {
  await holdUser(tx, userId)
  await removeFactors(tx, userId)
  await tx.user.update({ where: { id: userId }, data: noPassword })
  await voidLinks(tx, userId)
  await tx.signInChallenge.deleteMany({ where: { userId } })
  return endSessionsOf(tx, userId)
}
