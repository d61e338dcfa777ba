import type { Command } from 'commander'
import { bootstrapIdentity } from '../modules/identity/access/bootstrap.ts'
import { addUser } from '../modules/identity/access/users.ts'
import { withStore } from './store.ts'
import { addUserChangeCommands, showPassword } from './user-changes.ts'
import { addUserLinkCommand } from './user-link.ts'
import { addUserListCommand } from './user-list.ts'
import { addUserRoleCommands } from './user-roles.ts'

/** `lethe user` */
export function addUserCommand(program: Command): void {
  const user = program
    .command('user')
    .description(
      'manage who may sign in, beside a running server or without one; it takes effect there within a second',
    )
    .addHelpText('after', examples)
  user
    .command('add <email>')
    .description('add a user; the generated password is shown once')
    .option('--name <name>', 'what to call them', '')
    .option('--role <role...>', 'keys of their roles; several are allowed', ['analyst'])
    .addHelpText('after', rolesHelp)
    .action(async (email: string, { name, role }: { name: string; role: string[] }) => {
      await withStore(async (context, { admin }) => {
        // On a new database the roles aren't there yet, nor is the administrator who comes first.
        const { created } = await bootstrapIdentity(context, admin)
        if (created) tell(created)
        tell(await addUser(context, { email, name, roles: role }))
      })
    })
  addUserListCommand(user)
  addUserChangeCommands(user)
  addUserRoleCommands(user)
  addUserLinkCommand(user)
}

function tell({ email, password }: { email: string; password?: string }) {
  process.stdout.write(`${email}\n`)
  if (password) showPassword(password)
}

const rolesHelp = `
Every installation has the roles administrator, data-protection-officer, editor and analyst. Administrators make others with
the mutation createRole.
`

const examples = `
Examples:
  lethe user add anna@example.org --name "Anna" --role editor
  lethe user password admin@localhost             a new password, for who forgot theirs
  lethe user role add anna@example.org analyst
  lethe user disable anna@example.org
`
