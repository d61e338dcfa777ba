import type { Builder } from '../../../graphql/builder.ts'
import { confirmIdentity, startConfirmation } from './confirm-identity.ts'
import type { ChallengeType, SecondFactorInputType } from './types.ts'

/** Adds proving again who one is, before what is delicate. */
export function addConfirmation(
  builder: Builder,
  { challenge, factor }: { challenge: ChallengeType; factor: SecondFactorInputType },
): void {
  builder.mutationFields((t) => ({
    startConfirmation: t.field({
      type: challenge,
      nullable: true,
      description:
        'Tells which second factors `confirmIdentity` takes from the caller; null if it wants none. Only who offers a passkey needs its token and options.',
      auth: 'public',
      resolve: (_parent, _args, context) => startConfirmation(context),
    }),
    confirmIdentity: t.boolean({
      nullable: true,
      description:
        'Proves again who the caller is, by the password and, if they have one, a second factor. For ten minutes after it, as after a sign-in, they may change what protects their account. `INVALID_INPUT` names what is missing, `SIGN_IN_FAILED` is for what is not right.',
      auth: 'public',
      args: {
        password: t.arg.string({ description: 'The password; only who has none can leave it out.' }),
        factor: t.arg({ type: factor, description: 'A second factor, if the caller has one.' }),
        challenge: t.arg.string({ description: 'For a passkey: `token` of `startConfirmation`.' }),
      },
      resolve: async (_parent, given, context) => {
        await confirmIdentity(context, given)
        return true
      },
    }),
  }))
}
