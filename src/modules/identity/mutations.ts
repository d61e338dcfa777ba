import type { Builder } from '../../graphql/builder.ts'
import { type MeType, profileOf } from './me.ts'
import { type SignedIn, signIn, signOut } from './sign-in.ts'
import { type AddedUser, addUser } from './users.ts'

/** Adds signing in and out. */
export function addSignIn(builder: Builder, me: MeType): void {
  const payload = builder.objectRef<SignedIn>('SignInPayload').implement({
    description: 'A successful sign-in. Browsers got a cookie besides, and need nothing of this.',
    auth: 'public',
    fields: (t) => ({
      token: t.exposeString('token', { nullable: false, description: 'Send it as `Authorization: Bearer …`.' }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When to sign in again at the latest.',
      }),
      user: t.field({
        type: me,
        nullable: true,
        description: 'Who is signed in now.',
        resolve: ({ userId }, _args, { database }) => profileOf(database, userId),
      }),
    }),
  })
  builder.mutationFields((t) => ({
    signIn: t.field({
      type: payload,
      description: 'Signs in with e-mail and password, for 12 hours. Any failure is `SIGN_IN_FAILED`.',
      auth: 'public',
      args: {
        email: t.arg.string({ required: true, description: 'The address of the account.' }),
        password: t.arg.string({ required: true, description: 'Its password.' }),
      },
      resolve: (_parent, { email, password }, context) => signIn(context, email, password),
    }),
    signOut: t.boolean({
      nullable: true,
      description: 'Ends the session: its cookie and token are worth nothing any more. `UNAUTHENTICATED` for nobody.',
      auth: 'public',
      resolve: async (_parent, _args, context) => {
        await signOut(context)
        return true
      },
    }),
  }))
}

/** Adds making users. */
export function addCreateUser(builder: Builder): void {
  const input = builder.inputType('CreateUserInput', {
    description: 'A user to be.',
    auth: { write: 'identity.users' },
    fields: (t) => ({
      email: t.string({ required: true, description: 'What the user will sign in with; unique.' }),
      name: t.string({ description: 'How the user is called.' }),
      roles: t.stringList({
        required: true,
        description: 'Keys of roles. You can give only roles whose every grant you hold yourself.',
      }),
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
        addUser(context, { email, name: name ?? '', roles }, context.rights),
    }),
  )
}
