import type { Command } from 'commander'
import type { WorkContext } from '../graphql/context.ts'
import { assignRole, unassignRole } from '../modules/identity/access/change-roles.ts'
import { StartError } from '../start-error.ts'
import { say } from './store.ts'
import { withUser } from './user-changes.ts'

/** `lethe user role add` and `remove` */
export function addUserRoleCommands(user: Command): void {
  const role = user.command('role').description('give roles to users, and take them away')
  role
    .command('add <email> <role>')
    .description('give a user a role, by its key')
    .action((email: string, key: string) =>
      withUser(email, async (context, { id, email: whose }) => {
        await assignRole(context, id, await roleId(context, key))
        say(`${whose} has the role ${key}.`)
      }),
    )
  role
    .command('remove <email> <role>')
    .description('take a role from a user; the last administrator stays one')
    .action((email: string, key: string) =>
      withUser(email, async (context, { id, email: whose }) => {
        await unassignRole(context, id, await roleId(context, key))
        say(`${whose} doesn't have the role ${key}.`)
      }),
    )
}

async function roleId({ database }: WorkContext, key: string): Promise<string> {
  const roles = await database.role.findMany({ select: { id: true, key: true }, orderBy: { key: 'asc' } })
  const found = roles.find((role) => role.key === key)
  if (found) return found.id
  throw new StartError(`There is no role ${key}. The roles are ${roles.map((role) => role.key).join(', ')}.`)
}
