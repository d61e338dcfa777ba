import type { Builder } from '../../../graphql/builder.ts'
import { type AddedUser, addUser } from './users.ts'

/** The input field that names the roles of a user to be. */
export const rolesOfNewUser = {
  auth: { read: 'identity.roles', write: 'identity.roles' },
  description:
    'Keys of roles; without, none. You can give only roles whose every grant you hold yourself. Who may not give roles ' +
    'leaves this out, and learns nothing of them.',
}

/** Adds making users. */
export function addCreateUser(builder: Builder): void {
  const input = builder.inputType('CreateUserInput', {
    description: 'A user to be.',
    auth: { write: 'identity.users' },
    fields: (t) => ({
      email: t.string({ required: true, description: 'What the user will sign in with; unique.' }),
      name: t.string({ description: 'How the user is called.' }),
      roles: t.stringList(rolesOfNewUser),
    }),
  })
  const payload = builder.objectRef<AddedUser>('CreateUserPayload').implement({
    description: 'The user that was made.',
    auth: 'public',
    fields: (t) => ({
      user: t.prismaField({
        type: 'User',
        nullable: true,
        description: 'The user.',
        auth: { read: 'identity.users' },
        resolve: (query, { id }, _args, { database }) => database.user.findUnique({ ...query, where: { id } }),
      }),
      password: t.exposeString('password', {
        nullable: true,
        description: 'The generated password. Hand it over on a safe way: it is shown only this once.',
      }),
    }),
  })
  builder.mutationField('createUser', (t) =>
    t.field({
      type: payload,
      nullable: true,
      description: 'Makes a user, with a generated password.',
      auth: { write: 'identity.users' },
      args: { input: t.arg({ type: input, required: true, description: 'The user to be.' }) },
      resolve: (_parent, { input: { email, name, roles } }, context) =>
        addUser(context, { email, name: name ?? '', roles: roles ?? [] }),
    }),
  )
}
