import type { Passkey } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { signedInUser } from '../sign-in/confirm.ts'
import { addPasskey, removePasskey, startPasskey } from './passkeys.ts'
import { renewRecoveryCodes } from './recovery-codes.ts'
import { confirmTotp, removeTotp, type StartedTotp, startTotp } from './totp.ts'
import { addMySecondFactors, type MyPasskeyType } from './types.ts'

const wants = 'Wants a fresh proof of who one is (`CONFIRMATION_NEEDED`).'
const ends = `${wants} The caller's other sessions end.`

const codesDescription =
  'Each stands in for a second factor once. Keep them in a safe place: they are shown only now. Empty if there are codes already.'

/** Adds second factors: seeing, adding and removing one's own. */
export function addSecondFactors(builder: Builder): void {
  const { passkey } = addMySecondFactors(builder)
  const codes = addRecoveryCodes(builder)
  addTotp(builder, codes)
  addPasskeys(builder, passkey)
}

function addRecoveryCodes(builder: Builder) {
  const payload = builder.objectRef<string[]>('RecoveryCodesPayload').implement({
    description: 'Recovery codes.',
    auth: 'public',
    fields: (t) => ({
      recoveryCodes: t.stringList({ nullable: false, description: codesDescription, resolve: (codes) => codes }),
    }),
  })
  builder.mutationField('renewRecoveryCodes', (t) =>
    t.field({
      type: payload,
      nullable: true,
      description: `Gives ten new recovery codes; the former are worth nothing any more. ${ends}`,
      auth: 'public',
      resolve: (_parent, _args, context) => renewRecoveryCodes(context),
    }),
  )
  return payload
}

function addTotp(builder: Builder, codes: ReturnType<typeof addRecoveryCodes>) {
  const started = builder.objectRef<StartedTotp>('StartTotpPayload').implement({
    description: 'What an authenticator app needs (RFC 6238). It is shown only now.',
    auth: 'public',
    fields: (t) => ({
      secret: t.exposeString('secret', { nullable: false, description: 'The secret in base32, for typing.' }),
      uri: t.exposeString('uri', { nullable: false, description: '`otpauth://totp/…`, which apps open.' }),
      qrCode: t.exposeString('qrCode', { nullable: false, description: 'The URI as a picture to scan: SVG.' }),
    }),
  })
  builder.mutationFields((t) => ({
    startTotp: t.field({
      type: started,
      nullable: true,
      description: `Begins to add an authenticator app; \`confirmTotp\` ends it. \`INVALID_INPUT\` while one is in use. ${wants}`,
      auth: 'public',
      resolve: (_parent, _args, context) => startTotp(context),
    }),
    confirmTotp: t.field({
      type: codes,
      nullable: true,
      description: `Makes the authenticator app count from now on. ${ends}`,
      auth: 'public',
      args: { code: t.arg.string({ required: true, description: 'The six digits that the app shows now.' }) },
      resolve: (_parent, { code }, context) => confirmTotp(context, code),
    }),
    removeTotp: t.boolean({
      nullable: true,
      description: `Removes the authenticator app. With the last second factor go the recovery codes; \`INVALID_INPUT\` while the password is too short to be safe alone. ${ends}`,
      auth: 'public',
      resolve: async (_parent, _args, context) => {
        await removeTotp(context)
        return true
      },
    }),
  }))
}

function addPasskeys(builder: Builder, passkey: MyPasskeyType) {
  const added = builder.objectRef<{ passkey: Passkey; recoveryCodes: string[] }>('AddPasskeyPayload').implement({
    description: 'The passkey that was added.',
    auth: 'public',
    fields: (t) => ({
      passkey: t.field({
        type: passkey,
        nullable: true,
        description: 'The passkey.',
        resolve: ({ passkey }) => passkey,
      }),
      recoveryCodes: t.exposeStringList('recoveryCodes', { nullable: false, description: codesDescription }),
    }),
  })
  builder.mutationFields((t) => ({
    startPasskey: t.field({
      type: 'JSON',
      nullable: true,
      description: `Begins to add a passkey or security key. Gives what \`navigator.credentials.create\` needs (WebAuthn's PublicKeyCredentialCreationOptionsJSON), good for five minutes. ${wants}`,
      auth: 'public',
      resolve: (_parent, _args, context) => startPasskey(context),
    }),
    addPasskey: t.field({
      type: added,
      nullable: true,
      description: `Adds the passkey that the browser made. Twenty are the most that one can have. ${ends}`,
      auth: 'public',
      args: {
        name: t.arg.string({ required: true, description: 'To tell it from others; 1 to 100 characters.' }),
        response: t.arg({
          type: 'JSON',
          required: true,
          description: "The browser's answer (WebAuthn's RegistrationResponseJSON).",
        }),
      },
      resolve: (_parent, { name, response }, context) => addPasskey(context, name, response),
    }),
    removePasskey: t.boolean({
      nullable: true,
      description: `Removes a passkey, as \`removeTotp\` does the app. \`NOT_FOUND\` if the caller has none of this id. ${ends}`,
      auth: 'public',
      args: { id: t.arg.id({ required: true, description: 'Of `MyPasskey`.' }) },
      resolve: async (_parent, { id }, context) => {
        signedInUser(context)
        await removePasskey(context, uuidOf('MyPasskey', id))
        return true
      },
    }),
  }))
}
