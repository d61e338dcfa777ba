import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { disableUser, enableUser, endUserSessions, resetSecondFactor, updateUser } from './change-users.ts'
import type { UserType } from './user-types.ts'

const auth = { read: 'identity.users', write: 'identity.users' }

const notAbove = '`FORBIDDEN` for users who may do more than you.'

/** Adds changing users. */
export function addUserMutations(builder: Builder, user: UserType): void {
  const changes = builder.inputType('UpdateUserInput', {
    description: 'What to change about a user.',
    auth: { write: 'identity.users' },
    fields: (t) => ({
      name: t.string({ description: 'How the user is called, one line; null or empty for nothing.' }),
      language: t.string({ description: 'Of mails and pages: `de` or `en`.' }),
      email: t.string({
        description: `What the user signs in with; unique. ${notAbove} \`CONFIRMATION_NEEDED\` for your own.`,
      }),
    }),
  })
  builder.mutationField('updateUser', (t) =>
    t.prismaField({
      type: user,
      nullable: true,
      description: 'Changes a user. With another e-mail address, links that were mailed before are worth nothing.',
      auth,
      args: {
        id: t.arg.id({ required: true, description: 'The user.' }),
        input: t.arg({ type: changes, required: true, description: 'What is absent stays as it is.' }),
      },
      resolve: async (query, _root, { id: its, input }, context) => {
        const id = uuidOf('User', its)
        await updateUser(context, id, input)
        return context.database.user.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
  )
  for (const [name, { change, description }] of Object.entries(accountChanges)) {
    builder.mutationField(name, (t) =>
      t.prismaField({
        type: user,
        nullable: true,
        description: `${description} ${notAbove}`,
        auth,
        args: { id: t.arg.id({ required: true, description: 'The user.' }) },
        resolve: async (query, _root, { id: its }, context) => {
          const id = uuidOf('User', its)
          await change(context, id)
          return context.database.user.findUniqueOrThrow({ ...query, where: { id } })
        },
      }),
    )
  }
}

const accountChanges = {
  disableUser: {
    change: disableUser,
    description:
      'Lets a user in no more and ends their sessions, everywhere within a second. `LAST_ADMINISTRATOR` if nobody would be left who may do everything.',
  },
  enableUser: { change: enableUser, description: 'Lets a user in again.' },
  endUserSessions: { change: endUserSessions, description: 'Signs a user out everywhere, within a second.' },
  resetSecondFactor: {
    change: resetSecondFactor,
    description:
      'For a user who lost their second factor: removes the authenticator app, passkeys and recovery codes, and ends the ' +
      'sessions. A password that is safe only together with them goes, too.',
  },
}
