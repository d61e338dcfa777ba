import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'
import { transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { invalidInput, notFound } from '../../../graphql/errors.ts'
import { holdUser } from '../access/hold-user.ts'
import { giveBack } from '../sign-in/attempt-level.ts'
import { takeFactorAttempt } from '../sign-in/attempts.ts'
import { changeFactors, confirmedUser, leaveFactors } from './changes.ts'
import { codesForFirstFactor } from './recovery-codes.ts'

/** What an authenticator app needs, once. */
export type StartedTotp = {
  /** 160 bits in base32, for typing. */
  secret: string
  /** `otpauth://totp/…` */
  uri: string
  /** The URI as a picture, SVG. */
  qrCode: string
}

// What every app knows (RFC 6238); others are ignored by some of them.
const period = 30
const settings = { issuer: 'Lethe', algorithm: 'SHA1', digits: 6, period }

const place = (userId: string) => `totp.secret ${userId}`

/**
 * Makes a secret for an authenticator app. It counts once a code of it was confirmed; until then, starting again replaces
 * it. Throws INVALID_INPUT while an app is in use.
 */
export async function startTotp(context: Context): Promise<StartedTotp> {
  const userId = await confirmedUser(context)
  const secret = new Secret({ size: 20 })
  const email = await transact(context, 'startTotp', async (tx) => {
    await holdUser(tx, userId)
    const { activatedAt } = (await tx.totp.findUnique({ where: { userId } })) ?? {}
    if (activatedAt) {
      throw invalidInput([{ field: 'totp', message: 'You use an authenticator app already: remove it first.' }])
    }
    await tx.totp.deleteMany({ where: { userId } })
    await tx.totp.create({ data: { userId, secret: context.secrets.seal(place(userId), secret.base32) } })
    return (await tx.user.findUniqueOrThrow({ where: { id: userId }, select: { email: true } })).email
  })
  const uri = new TOTP({ ...settings, label: email, secret }).toString()
  return { secret: secret.base32, uri, qrCode: renderSVG(uri, { border: 4 }) }
}

/**
 * Makes the app that was started count, if the code is right; that code is used up. Returns the recovery codes that this
 * gave, if there were none. Throws INVALID_INPUT, and TOO_MANY_ATTEMPTS.
 */
export async function confirmTotp(context: Context, code: string): Promise<string[]> {
  // Counted apart from the answers of sign-ins, so that neither makes the other wait.
  const account = `confirmTotp ${await confirmedUser(context)}`
  const { taken } = await takeFactorAttempt(context, { account, device: undefined })
  const codes = await changeFactors(context, 'confirmTotp', async (tx, userId) => {
    const started = await tx.totp.findUnique({ where: { userId } })
    if (!started || started.activatedAt) throw noneStarted()
    const step = stepOf(context, started, code)
    if (step === undefined) throw wrongCode()
    await tx.totp.update({ where: { userId }, data: { activatedAt: new Date(), lastStep: step } })
    return codesForFirstFactor(tx, userId)
  })
  await giveBack(context.database, taken)
  return codes
}

/** Removes the authenticator app, or what was started of it. Throws NOT_FOUND, or INVALID_INPUT if the user can't be without. */
export async function removeTotp(context: Context): Promise<void> {
  await changeFactors(context, 'removeTotp', async (tx, userId) => {
    const { count } = await tx.totp.deleteMany({ where: { userId } })
    if (count === 0) throw notFound('authenticator app')
    await leaveFactors(tx, userId)
  })
}

/**
 * Whether the code is one of now, and nobody has used it (ASVS 6.5.1), nor a later one (RFC 6238, section 5.2). Of several
 * at once, one is right.
 */
export async function takeTotp(context: WorkContext, userId: string, code: string): Promise<boolean> {
  const { database } = context
  const totp = await database.totp.findUnique({ where: { userId } })
  if (!totp?.activatedAt) return false
  const step = stepOf(context, totp, code)
  if (step === undefined) return false
  const taken = await database.$executeRaw`
    UPDATE totp SET last_step = ${step}
    WHERE user_id = ${userId}::uuid AND secret = ${totp.secret} AND last_step < ${step}`
  return taken === 1
}

/** The time step that a code is of: now, the one before or the one after, for clocks that go wrong and slow fingers. */
function stepOf(
  { secrets }: WorkContext,
  { userId, secret }: { userId: string; secret: Uint8Array },
  code: string,
): bigint | undefined {
  const token = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const timestamp = Date.now()
  const totp = new TOTP({ ...settings, secret: secrets.open(place(userId), secret) })
  const delta = totp.validate({ token, timestamp, window: 1 })
  return delta === null ? undefined : BigInt(TOTP.counter({ period, timestamp }) + delta)
}

const noneStarted = () =>
  invalidInput([{ field: 'code', message: 'There is no app to confirm: begin with startTotp.' }])

const wrongCode = () =>
  invalidInput([
    { field: 'code', message: 'That is not the code of now: check that the clock of the device is right, and retry.' },
  ])
