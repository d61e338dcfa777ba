import { v7 as uuidv7 } from 'uuid'
import { isUniqueViolation } from '../../../database/sql-errors.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type DeniedInput, forbiddenInput, invalidInput } from '../../../graphql/errors.ts'
import type { Fault } from '../../contacts/draft.ts'
import { generatePassword, hashPassword, passwordFault } from '../sign-in/password.ts'

/** A user to be. Without a password, one is generated. `roles` are keys. */
export type NewUser = { email: string; name: string; password?: string | undefined; roles: readonly string[] }

/** A user that was made. `password` only if it was generated: it can't be shown again. */
export type AddedUser = { id: string; email: string; password?: string }

/** The form in which addresses of users are stored and compared. */
export const normaliseEmail = (email: string): string => email.trim().normalize('NFC').toLowerCase()

/** Whether it can be the address of a user; `admin@localhost` can. */
export const isEmail = (email: string): boolean => email.length <= 254 && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email)

/**
 * Makes a user. Throws INVALID_INPUT with every fault.
 *
 * @param bounds The rights of whoever makes the user: nobody hands on what they don't hold. The command line has none.
 */
export async function addUser(context: WorkContext, user: NewUser, bounds?: Rights): Promise<AddedUser> {
  const email = normaliseEmail(user.email)
  const name = user.name.trim().normalize('NFC')
  const faults = [...userFaults(email, name, user.password), ...(await roleFaults(context, user.roles))]
  if (faults.length > 0) throw invalidInput(faults)

  const password = user.password ?? generatePassword()
  const data = { id: uuidv7(), email, name, passwordHash: await hashPassword(password), passwordSetAt: new Date() }
  try {
    await transact(context, 'createUser', async (tx) => {
      const roleIds = await assignableRoles(tx, user.roles, bounds)
      await tx.user.create({ data })
      if (roleIds.length > 0)
        await tx.roleAssignment.createMany({ data: roleIds.map((roleId) => ({ userId: data.id, roleId })) })
    })
  } catch (error) {
    if (isUniqueViolation(error))
      throw invalidInput([{ field: 'email', message: 'Another user has this address already.' }])
    throw error
  }
  return { id: data.id, email, ...(user.password === undefined && { password }) }
}

function userFaults(email: string, name: string, password: string | undefined): Fault[] {
  const faults: Fault[] = []
  if (!isEmail(email)) faults.push({ field: 'email', message: 'Write an e-mail address, such as jo@example.org.' })
  if (name.length > 200 || /\p{Cc}/u.test(name))
    faults.push({ field: 'name', message: 'Use one line of at most 200 characters.' })
  const weakness = password === undefined ? undefined : passwordFault(password, { email, name })
  if (weakness) faults.push({ field: 'password', message: weakness })
  return faults
}

async function roleFaults({ database }: WorkContext, keys: readonly string[]): Promise<Fault[]> {
  const known = (await database.role.findMany({ select: { key: true } })).map((role) => role.key)
  const message = `There is no such role. The roles are ${known.sort().join(', ')}.`
  return keys.flatMap((key, index) => (known.includes(key) ? [] : [{ field: `roles.${index}`, message }]))
}

/** The roles' ids. Throws FORBIDDEN if one of them allows what the bounds don't. */
async function assignableRoles(
  tx: Transaction,
  keys: readonly string[],
  bounds: Rights | undefined,
): Promise<string[]> {
  const roles = await tx.role.findMany({ where: { key: { in: [...keys] } }, include: { grants: true } })
  const denied = roles.flatMap(({ key, grants }) => {
    const path = `input.roles.${keys.indexOf(key)}`
    return grants.flatMap(({ right, read, write }): DeniedInput[] => [
      ...(read && bounds && !bounds.canRead(right) ? [{ path, access: 'read' as const, right }] : []),
      ...(write && bounds && !bounds.canWrite(right) ? [{ path, access: 'write' as const, right }] : []),
    ])
  })
  if (denied.length > 0) throw forbiddenInput(denied)
  return roles.map((role) => role.id)
}
