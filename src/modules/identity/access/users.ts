import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { generatePassword, hashPassword, passwordFault } from '../sign-in/password.ts'
import { type Authority, givesTooMuch } from './authority.ts'
import { changeAccess } from './change-access.ts'

/** A user to be. Without a password, one is generated. `roles` are keys. */
export type NewUser = { email: string; name: string; password?: string | undefined; roles: readonly string[] }

/** A user that was made. `password` only if it was generated: it can't be shown again. */
export type AddedUser = { id: string; email: string; password?: string }

/** The form in which addresses of users are stored and compared. */
export const normaliseEmail = (email: string): string => email.trim().normalize('NFC').toLowerCase()

/** The form in which names of users are stored. */
export const normaliseName = (name: string): string => name.trim().normalize('NFC')

/** Whether it can be the address of a user; `admin@localhost` can. Nothing in it is invisible, so that no two look alike by that. */
export const isEmail = (email: string): boolean =>
  email.length <= 254 && /^[^\s@\p{Cc}\p{Cf}\p{Cs}]+@[^\s@\p{Cc}\p{Cf}\p{Cs}]+$/u.test(email)

/** The user. Throws NOT_FOUND. */
export async function requireUser(tx: Transaction, id: string) {
  const user = await tx.user.findUnique({ where: { id } })
  if (!user) throw notFound('User')
  return user
}

/** Makes a user. Throws INVALID_INPUT with every fault, and FORBIDDEN for roles that allow what the maker doesn't hold. */
export async function addUser(context: WorkContext, user: NewUser): Promise<AddedUser> {
  const email = normaliseEmail(user.email)
  const name = normaliseName(user.name)
  const weakness = user.password === undefined ? undefined : passwordFault(user.password, { email, name })
  const faults = [
    ...emailFault(email),
    ...nameFault(name),
    ...(weakness ? [{ field: 'password', ...weakness }] : []),
    ...(await roleFaults(context, user.roles)),
  ]
  if (faults.length > 0) throw invalidInput(faults)

  const password = user.password ?? generatePassword()
  const data = { id: uuidv7(), email, name, passwordHash: await hashPassword(password), passwordSetAt: new Date() }
  await unlessTaken(addressTaken, () =>
    changeAccess(context, 'createUser', 'identity.users', async (tx, caller) => {
      await tx.user.create({ data })
      await giveRoles(tx, caller, data.id, user.roles)
    }),
  )
  return { id: data.id, email, ...(user.password === undefined && { password }) }
}

/** What is wrong when the address is another user's. */
export const addressTaken: Fault = { field: 'email', message: 'Another user has this address already.' }

/** What is wrong with an address. */
export const emailFault = (email: string): Fault[] =>
  isEmail(email) ? [] : [{ field: 'email', message: 'Write an e-mail address, such as jo@example.org.' }]

// What begins a line, turns the text behind it round, or is half a character.
const unfitForNames = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u

/** What is wrong with a name. */
export const nameFault = (name: string): Fault[] =>
  name.length <= 200 && !unfitForNames.test(name)
    ? []
    : [{ field: 'name', message: 'Use one line of at most 200 characters.' }]

/** What is wrong with a language. */
export const languageFault = (language: string): Fault[] =>
  languages.includes(language)
    ? []
    : [{ field: 'language', message: `Mails and pages come in ${languages.map((one) => `"${one}"`).join(' or ')}.` }]

const languages = ['de', 'en']

/** What is wrong with the keys of roles. */
export async function roleFaults({ database }: WorkContext, keys: readonly string[]): Promise<Fault[]> {
  if (keys.length === 0) return []
  const known = (await database.role.findMany({ select: { key: true } })).map((role) => role.key)
  const message = `There is no such role. The roles are ${known.sort().join(', ')}.`
  return keys.flatMap((key, index) => (known.includes(key) ? [] : [{ field: `roles.${index}`, message }]))
}

/** Gives a new user roles, by their keys. Throws FORBIDDEN for those that allow what the caller doesn't hold. */
export async function giveRoles(
  tx: Transaction,
  caller: Authority,
  userId: string,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return
  caller.mustWrite('identity.roles', 'input.roles')
  const roles = await tx.role.findMany({ where: { key: { in: [...keys] } }, include: { grants: true } })
  const denied = roles.flatMap(({ key, grants, purposes }) => {
    const path = `input.roles.${keys.indexOf(key)}`
    return caller.lacks(grants.map((grant) => ({ ...grant, purposes }))).map((one) => ({ path, ...one }))
  })
  if (denied.length > 0) throw givesTooMuch(denied)
  await tx.roleAssignment.createMany({ data: roles.map(({ id: roleId }) => ({ userId, roleId })) })
}
