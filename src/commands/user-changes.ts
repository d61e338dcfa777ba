import type { Command } from 'commander'
import type { User } from '#prisma/client.ts'
import type { WorkContext } from '../graphql/context.ts'
import { disableUser, enableUser, resetPassword } from '../modules/identity/access/change-users.ts'
import { normaliseEmail } from '../modules/identity/access/users.ts'
import { StartError } from '../start-error.ts'
import { say, withStore } from './store.ts'

/** `lethe user disable`, `enable` and `password` */
export function addUserChangeCommands(user: Command): void {
  user
    .command('disable <email>')
    .description('let a user in no more, and end their sessions')
    .action((email: string) =>
      withUser(email, async (context, { id, email: whose }) => {
        await disableUser(context, id)
        say(`${whose} can't sign in any more. To take that back: lethe user enable ${whose}`)
      }),
    )
  user
    .command('enable <email>')
    .description('let a disabled user in again')
    .action((email: string) =>
      withUser(email, async (context, { id, email: whose }) => {
        await enableUser(context, id)
        say(`${whose} can sign in.`)
      }),
    )
  user
    .command('password <email>')
    .description('give a user a new password, which is shown once, and end their sessions')
    .option('--reset-second-factor', 'remove their authenticator app, passkeys and recovery codes, too')
    .action((email: string, { resetSecondFactor = false }: { resetSecondFactor?: boolean }) =>
      withUser(email, async (context, { id, email: whose, disabledAt }) => {
        const password = await resetPassword(context, id, { withFactors: resetSecondFactor })
        process.stdout.write(`${whose}\n`)
        showPassword(password)
        say('Hand it over on a safe way. Whoever was signed in with the former one is signed out.')
        if (disabledAt) say(`This user is disabled. To let them in: lethe user enable ${whose}`)
      }),
    )
}

/** Shows a password, the only time. */
export function showPassword(password: string): void {
  process.stdout.write(`  password  ${password}  (shown only this once)\n`)
}

/** Does something with the user who has this address. */
export const withUser = (email: string, work: (context: WorkContext, user: User) => Promise<void>): Promise<void> =>
  withStore(async (context) => {
    const user = await context.database.user.findUnique({ where: { email: normaliseEmail(email) } })
    if (!user) throw new StartError(`There is no user ${email}. Who there is: lethe user list`)
    await work(context, user)
  })
