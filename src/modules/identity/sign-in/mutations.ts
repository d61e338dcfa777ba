import type { Builder } from '../../../graphql/builder.ts'
import { type MeType, profileOf } from '../account/me.ts'
import { type SignedIn, signIn, signOut } from './sign-in.ts'

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
