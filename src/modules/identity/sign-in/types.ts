import type { Builder } from '../../../graphql/builder.ts'
import { type MeType, profileOf } from '../account/me.ts'
import type { Challenge, SignInStep } from './proceed.ts'

/** The GraphQL type `SignInPayload`, for every mutation that signs in. */
export type SignInPayloadType = ReturnType<typeof addSignInPayload>['payload']

/** The GraphQL type `SignInChallenge`. */
export type ChallengeType = ReturnType<typeof addChallenge>

/** The GraphQL type `SecondFactorInput`. */
export type SecondFactorInputType = ReturnType<typeof addSecondFactorInput>

/** Adds what a step of a sign-in answers. */
export function addSignInPayload(builder: Builder, me: MeType) {
  const challenge = addChallenge(builder)
  const payload = builder.objectRef<SignInStep>('SignInPayload').implement({
    description:
      'What came of a sign-in: either a session, for which browsers got a cookie besides and need none of the tokens; or a `challenge`, and everything else is null.',
    auth: 'public',
    fields: (t) => ({
      token: t.string({
        nullable: true,
        description: 'The access token: send it as `Authorization: Bearer …`.',
        resolve: ({ session }) => session?.token,
      }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Until when `token` is good: a few minutes. `refreshSession` gives the next.',
        resolve: ({ session }) => session?.expiresAt,
      }),
      refreshToken: t.string({
        nullable: true,
        description: 'For `refreshSession`, once. Keep it where no other program can read it.',
        resolve: ({ session }) => session?.refreshToken,
      }),
      sessionExpiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When to sign in again at the latest; without requests it ends sooner.',
        resolve: ({ session }) => session?.sessionExpiresAt,
      }),
      device: t.string({
        nullable: true,
        description:
          'For clients without cookies: keep it, and give it to the next sign-in as `device`. Then nobody who guesses passwords elsewhere can keep this device waiting.',
        resolve: ({ session }) => session?.device,
      }),
      user: t.field({
        type: me,
        nullable: true,
        description: 'Who is signed in now.',
        resolve: ({ session, userId }, _args, { database }) => (session ? profileOf(database, userId) : null),
      }),
      challenge: t.field({
        type: challenge,
        nullable: true,
        description: 'The question for a second factor, which `completeSignIn` answers.',
        resolve: ({ challenge }) => challenge,
      }),
    }),
  })
  return { payload, challenge }
}

function addChallenge(builder: Builder) {
  const factor = builder.enumType('SecondFactor', {
    description: 'What proves, beside a password, who somebody is.',
    values: {
      TOTP: { value: 'totp', description: 'Six digits of an authenticator app (RFC 6238).' },
      RECOVERY_CODE: { value: 'recovery-code', description: 'One of the codes that stand in for a lost device.' },
      PASSKEY: { value: 'passkey', description: 'A passkey or security key (WebAuthn).' },
    } as const,
  })
  return builder.objectRef<Challenge>('SignInChallenge').implement({
    description: 'The question for a second factor. It is good for five minutes, five tries and one success.',
    auth: 'public',
    fields: (t) => ({
      token: t.exposeString('token', { nullable: false, description: 'Names the question in the answer.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: false, description: 'Until when to answer.' }),
      factors: t.field({
        type: [factor],
        nullable: false,
        description: 'What may answer it; any one of these.',
        resolve: ({ factors }) => [...factors],
      }),
      passkeyOptions: t.field({
        type: 'JSON',
        nullable: true,
        description:
          "For `navigator.credentials.get` (WebAuthn's PublicKeyCredentialRequestOptionsJSON); null without a passkey.",
        resolve: ({ passkeyOptions }) => passkeyOptions,
      }),
    }),
  })
}

/** Adds the input type for a second factor. */
export function addSecondFactorInput(builder: Builder) {
  return builder.inputType('SecondFactorInput', {
    description: 'A second factor: exactly one of these.',
    isOneOf: true,
    auth: 'public',
    fields: (t) => ({
      totp: t.string({ description: 'The six digits that the authenticator app shows.' }),
      recoveryCode: t.string({ description: 'A recovery code that was not used before.' }),
      passkey: t.field({
        type: 'JSON',
        description: "The browser's answer to `passkeyOptions` (WebAuthn's AuthenticationResponseJSON).",
      }),
    }),
  })
}
