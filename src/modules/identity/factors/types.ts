import type { Passkey } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { signedInUser } from '../sign-in/confirm.ts'

/** The GraphQL type `MyPasskey`. */
export type MyPasskeyType = ReturnType<typeof addMyPasskey>

/** Adds what a user may see of their second factors. */
export function addMySecondFactors(builder: Builder): { passkey: MyPasskeyType } {
  const passkey = addMyPasskey(builder)
  const factors = builder
    .objectRef<{ totp: boolean; recoveryCodesLeft: number; passkeys: Passkey[] }>('MySecondFactors')
    .implement({
      description: 'What the caller has, beside the password, to prove who they are.',
      auth: 'public',
      fields: (t) => ({
        totp: t.exposeBoolean('totp', { nullable: false, description: 'An authenticator app is in use.' }),
        recoveryCodesLeft: t.exposeInt('recoveryCodesLeft', {
          nullable: false,
          description: 'How many recovery codes have not been used.',
        }),
        passkeys: t.field({
          type: [passkey],
          nullable: false,
          description: 'Passkeys and security keys, the oldest first.',
          resolve: ({ passkeys }) => passkeys,
        }),
      }),
    })
  builder.queryField('mySecondFactors', (t) =>
    t.field({
      type: factors,
      nullable: true,
      description: 'The second factors of the caller. `UNAUTHENTICATED` for nobody.',
      auth: 'public',
      resolve: async (_parent, _args, context) => {
        const where = { userId: signedInUser(context) }
        const { totp, recoveryCode, passkey } = context.database
        return {
          totp: (await totp.count({ where: { ...where, activatedAt: { not: null } } })) > 0,
          recoveryCodesLeft: await recoveryCode.count({ where: { ...where, usedAt: null } }),
          passkeys: await passkey.findMany({ where, orderBy: { id: 'asc' } }),
        }
      },
    }),
  )
  return { passkey }
}

function addMyPasskey(builder: Builder) {
  return builder.objectRef<Passkey>('MyPasskey').implement({
    description: 'A passkey or security key of the caller (WebAuthn).',
    auth: 'public',
    fields: (t) => ({
      id: t.globalID({
        nullable: false,
        description: 'For `removePasskey`.',
        resolve: ({ id }) => ({ type: 'MyPasskey', id }),
      }),
      name: t.exposeString('name', { nullable: false, description: 'What its owner calls it.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was added.' }),
      lastUsedAt: t.expose('lastUsedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it last proved who its owner is; null if it has not since it was added.',
      }),
    }),
  })
}
