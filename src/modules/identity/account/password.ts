import { transact } from '../../../database/transact.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { hasFactor } from '../factors/changes.ts'
import { factorsOf } from '../factors/factors.ts'
import { mailPasswordChanged } from '../links/mails.ts'
import { takeNewPassword } from '../sign-in/attempts.ts'
import { requireConfirmed, signedInUser } from '../sign-in/confirm.ts'
import { generatePassword, passwordFault } from '../sign-in/password.ts'
import { renewSession, type SignInStep } from '../sign-in/proceed.ts'
import { noteEnded } from '../sign-in/sessions.ts'
import { setPassword, storable } from '../sign-in/set-password.ts'
import type { SignInPayloadType } from '../sign-in/types.ts'

/** Adds changing one's password, and what proposes a good one. */
export function addOwnPassword(builder: Builder, payload: SignInPayloadType): void {
  builder.mutationField('changePassword', (t) =>
    t.field({
      type: payload,
      nullable: true,
      description:
        "Changes the caller's password. All sessions end, and the caller goes on in a new one, whose tokens are in the answer; no other device is known any more. Wants a fresh proof of who one is (`CONFIRMATION_NEEDED`). `INVALID_INPUT` says what is wrong with a password: it needs 15 characters, or 8 with a second factor, and must not be a common one.",
      auth: 'public',
      args: { newPassword: t.arg.string({ required: true, description: 'At most 1000 bytes, of any characters.' }) },
      resolve: (_parent, { newPassword }, context) => changePassword(context, newPassword),
    }),
  )
  builder.queryField('generatedPassword', (t) =>
    t.string({
      nullable: false,
      description: 'A strong password, made for this answer and kept nowhere.',
      auth: 'public',
      resolve: generatePassword,
    }),
  )
}

async function changePassword(context: Context, password: string): Promise<SignInStep> {
  const userId = signedInUser(context)
  await requireConfirmed(context)
  const { database, sessionId } = context
  const owner = await database.user.findUniqueOrThrow({ where: { id: userId } })
  const withFactor = (await factorsOf(database, userId)).length > 0
  const fault = owner.passwordHash ? passwordFault(password, owner, { withFactor }) : signsInElsewhere
  if (fault) throw invalidInput([{ field: 'newPassword', ...fault }])

  await takeNewPassword(context, userId)
  const stored = await storable(password)
  const ended = await transact(context, 'changePassword', async (tx) => {
    const ended = await setPassword(tx, userId, stored, sessionId)
    // Somebody may have removed the second factor in the meantime.
    const weakness = (await hasFactor(tx, userId)) ? undefined : passwordFault(password, owner)
    if (weakness) throw invalidInput([{ field: 'newPassword', ...weakness }])
    await mailPasswordChanged(tx, context, owner)
    return ended
  })
  ended.forEach(noteEnded)
  return renewSession(context, 'changePassword', userId)
}

const signsInElsewhere = {
  rule: 'elsewhere',
  message: 'You have no password here, since you sign in elsewhere; there you change it.',
}
