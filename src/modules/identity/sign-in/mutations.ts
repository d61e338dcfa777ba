import type { Builder } from '../../../graphql/builder.ts'
import type { MeType } from '../account/me.ts'
import { addConfirmation } from './confirm-mutations.ts'
import { addSignInOptions } from './options.ts'
import { refreshSession } from './refresh.ts'
import { completeSignIn } from './second-step.ts'
import { signIn, signOut } from './sign-in.ts'
import { addSecondFactorInput, addSignInPayload, type SignInPayloadType } from './types.ts'

/** Adds signing in and out. Returns what every mutation answers that signs in. */
export function addSignIn(builder: Builder, me: MeType): { payload: SignInPayloadType } {
  const { payload, challenge } = addSignInPayload(builder, me)
  const factor = addSecondFactorInput(builder)
  const device = 'For clients without cookies: what an earlier sign-in gave as `device`.'
  builder.mutationFields((t) => ({
    signIn: t.field({
      type: payload,
      description:
        'Signs in with e-mail and password: to a session, or to a `challenge` if the user has a second factor. Whatever does not fit is `SIGN_IN_FAILED`. After several tries one has to wait: `TOO_MANY_ATTEMPTS`.',
      auth: 'public',
      args: {
        email: t.arg.string({ required: true, description: 'The address of the account.' }),
        password: t.arg.string({ required: true, description: 'Its password.' }),
        device: t.arg.string({ description: device }),
      },
      resolve: (_parent, { email, password, device }, context) => signIn(context, email, password, device),
    }),
    completeSignIn: t.field({
      type: payload,
      description:
        'Answers the `challenge` of a sign-in, and so begins the session. `SIGN_IN_FAILED` for what is not right, or too late.',
      auth: 'public',
      args: {
        challenge: t.arg.string({ required: true, description: '`challenge.token` of the first step.' }),
        factor: t.arg({ type: factor, required: true, description: 'The second factor.' }),
        device: t.arg.string({ description: device }),
      },
      resolve: (_parent, { challenge, factor, device }, context) => completeSignIn(context, challenge, factor, device),
    }),
    refreshSession: t.field({
      type: payload,
      description:
        'Gives the next access token, and the next refresh token: each is good once. Offered a second time, one was stolen, and the session ends. `UNAUTHENTICATED` when it has ended. Send no `Authorization` with it.',
      auth: 'public',
      args: { refreshToken: t.arg.string({ required: true, description: 'From the last of these answers.' }) },
      resolve: (_parent, { refreshToken }, context) => refreshSession(context, refreshToken),
    }),
    signOut: t.boolean({
      nullable: true,
      description:
        'Ends the session: its cookie and tokens are worth nothing any more. `UNAUTHENTICATED` without a session.',
      auth: 'public',
      resolve: async (_parent, _args, context) => {
        await signOut(context)
        return true
      },
    }),
  }))
  addConfirmation(builder, { challenge, factor })
  addSignInOptions(builder)
  return { payload }
}
