import type { ProviderConfig } from '../../../config.ts'
import type { Database } from '../../../database/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { Logger } from '../../../log.ts'
import { keepAnAdministrator } from '../access/change-access.ts'

/** The ids of the roles that the provider's groups mean, as the settings say. */
export async function meantRoles(
  tx: Pick<Transaction, 'role'>,
  { roles }: Pick<ProviderConfig, 'roles'>,
  groups: readonly string[],
): Promise<string[]> {
  const keys = roles.filter(({ value }) => groups.includes(value)).map(({ role }) => role)
  const meant = await tx.role.findMany({ where: { key: { in: keys } }, select: { id: true } })
  return meant.map(({ id }) => id)
}

/**
 * Gives a user the roles that are meant for them, and takes back what was given like this before and isn't any more. Roles
 * given by hand stay. Throws LAST_ADMINISTRATOR where nobody would be left who may do everything.
 *
 * @param withdraw Whether anything is taken back.
 */
export async function synchroniseRoles(
  tx: Transaction,
  userId: string,
  meant: readonly string[],
  { withdraw }: { withdraw: boolean },
): Promise<void> {
  const held = await tx.roleAssignment.findMany({ where: { userId } })
  const missing = meant.filter((role) => !held.some(({ roleId }) => roleId === role))
  if (missing.length > 0) {
    await tx.roleAssignment.createMany({ data: missing.map((roleId) => ({ userId, roleId, external: true })) })
  }
  const gone = held.filter(({ external, roleId }) => external && !meant.includes(roleId)).map(({ roleId }) => roleId)
  if (!withdraw || gone.length === 0) return
  await tx.roleAssignment.deleteMany({ where: { userId, roleId: { in: gone } } })
  await keepAnAdministrator(tx)
}

/** Warns of roles that the settings name and that there aren't: nobody will get them. */
export async function warnOfUnknownRoles(
  { database, log }: { database: Pick<Database, 'role'>; log: Logger },
  { roles }: Pick<ProviderConfig, 'roles'>,
): Promise<void> {
  const known = new Set((await database.role.findMany({ select: { key: true } })).map(({ key }) => key))
  const unknown = [...new Set(roles.map(({ role }) => role))].filter((role) => !known.has(role))
  if (unknown.length === 0) return
  log.warn({ unknown, known: [...known].sort() }, 'LETHE_OIDC_ROLES names roles that there are not: nobody gets them')
}
