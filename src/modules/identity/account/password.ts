import { transact } from '../../../database/transact.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { hasFactor } from '../factors/changes.ts'
import { factorsOf } from '../factors/factors.ts'
import { mailPasswordChanged } from '../links/mails.ts'
import { requireConfirmed, signedInUser } from '../sign-in/confirm.ts'
import { rememberDevice } from '../sign-in/device.ts'
import { generatePassword, passwordFault } from '../sign-in/password.ts'
import { noteEnded } from '../sign-in/sessions.ts'
import { setPassword, storable } from '../sign-in/set-password.ts'

/** Adds changing one's password, and what proposes a good one. */
export function addOwnPassword(builder: Builder): void {
  builder.mutationField('changePassword', (t) =>
    t.boolean({
      nullable: true,
      description:
        "Changes the caller's password. The other sessions end, and no other device is known any more. Wants a fresh proof of who one is (`CONFIRMATION_NEEDED`). `INVALID_INPUT` says what is wrong with a password: it needs 15 characters, or 8 with a second factor, and must not be a common one.",
      auth: 'public',
      args: { newPassword: t.arg.string({ required: true, description: 'At most 1000 bytes, of any characters.' }) },
      resolve: async (_parent, { newPassword }, context) => {
        await changePassword(context, newPassword)
        return true
      },
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

async function changePassword(context: Context, password: string): Promise<void> {
  const userId = signedInUser(context)
  await requireConfirmed(context)
  const { database, sessionId } = context
  const owner = await database.user.findUniqueOrThrow({ where: { id: userId } })
  const withFactor = (await factorsOf(database, userId)).length > 0
  const fault = owner.passwordHash ? passwordFault(password, owner, { withFactor }) : signsInElsewhere
  if (fault) throw invalidInput([{ field: 'newPassword', ...fault }])

  const stored = await storable(password)
  const { user, ended } = await transact(context, 'changePassword', async (tx) => {
    const ended = await setPassword(tx, userId, stored, sessionId)
    // Somebody may have removed the second factor in the meantime.
    const weakness = (await hasFactor(tx, userId)) ? undefined : passwordFault(password, owner)
    if (weakness) throw invalidInput([{ field: 'newPassword', ...weakness }])
    await mailPasswordChanged(tx, context, owner)
    return { ended, user: await tx.user.findUniqueOrThrow({ where: { id: userId } }) }
  })
  ended.forEach(noteEnded)
  await rememberDevice(context, user)
}

const signsInElsewhere = {
  rule: 'elsewhere',
  message: 'You have no password here, since you sign in elsewhere; there you change it.',
}
