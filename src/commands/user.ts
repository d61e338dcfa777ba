import type { Command } from 'commander'
import { bootstrapIdentity } from '../modules/identity/access/bootstrap.ts'
import { addUser } from '../modules/identity/access/users.ts'
import { withStore } from './store.ts'

/** `lethe user add` */
export function addUserCommand(program: Command): void {
  const user = program.command('user').description('manage who may sign in')
  user
    .command('add <email>')
    .description('add a user; the generated password is shown once')
    .option('--name <name>', 'what to call them', '')
    .option('--role <role...>', 'administrator, data-protection-officer, editor or analyst; several are allowed', [
      'analyst',
    ])
    .action(async (email: string, { name, role }: { name: string; role: string[] }) => {
      await withStore(async (context, { admin }) => {
        // On a new database the roles aren't there yet, nor is the administrator who comes first.
        const { created } = await bootstrapIdentity(context, admin)
        if (created) tell(created)
        tell(await addUser(context, { email, name, roles: role }))
      })
    })
}

function tell({ email, password }: { email: string; password?: string }) {
  process.stdout.write(`${email}\n${password ? `  password  ${password}  (shown only this once)\n` : ''}`)
}
