import { parse as bytesOfUuid, v7 as uuidv7 } from 'uuid'
import type { Passkey } from '#prisma/client.ts'
import type { JsonObject } from '../../../database/json.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput, notFound } from '../../../graphql/errors.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { readCreation } from './answers.ts'
import { changeFactors, confirmedUser, leaveFactors } from './changes.ts'
import { codesForFirstFactor } from './recovery-codes.ts'
import {
  algorithms,
  answerTime,
  descriptorOf,
  optionsAsJson,
  relyingParty,
  verifyCreation,
  webauthn,
} from './webauthn.ts'

/** A user has at most so many. */
const most = 20

/** What a browser needs to make a new key (WebAuthn's PublicKeyCredentialCreationOptionsJSON), with a fresh challenge. */
export async function startPasskey(context: Context): Promise<JsonObject> {
  const { database } = context
  const userId = await confirmedUser(context)
  const { email, name, passkeys } = await database.user.findUniqueOrThrow({
    where: { id: userId },
    include: { passkeys: true },
  })
  refuseMoreThan(passkeys.length)
  const { generateRegistrationOptions } = await webauthn()
  const options = await generateRegistrationOptions({
    rpName: 'Lethe',
    rpID: relyingParty(context).id,
    userID: new Uint8Array(bytesOfUuid(userId)),
    userName: email,
    userDisplayName: name || email,
    timeout: answerTime,
    attestationType: 'none',
    excludeCredentials: passkeys.map(descriptorOf),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  })
  const expiresAt = new Date(Date.now() + answerTime)
  await database.signInChallenge.deleteMany({ where: { userId, expiresAt: { lt: new Date() } } })
  await database.signInChallenge.create({ data: { tokenHash: keyOf(context, options.challenge), userId, expiresAt } })
  return optionsAsJson(options)
}

/**
 * Adds the key that the browser made, and returns it with the recovery codes that this gave, if there were none. Throws
 * INVALID_INPUT.
 */
export async function addPasskey(
  context: Context,
  givenName: string,
  answer: unknown,
): Promise<{ passkey: Passkey; recoveryCodes: string[] }> {
  const name = givenName.trim().normalize('NFC')
  if (name === '' || name.length > 100 || /[\p{Cc}\p{Cs}]/u.test(name)) {
    throw invalidInput([{ field: 'name', message: 'Give it a name of 1 to 100 characters, on one line.' }])
  }
  const key = await newKey(context, answer)
  return unlessTaken({ field: 'response', message: 'This passkey was added before: take another one.' }, () =>
    changeFactors(context, 'addPasskey', async (tx, userId) => {
      refuseMoreThan(await tx.passkey.count({ where: { userId } }))
      const passkey = await tx.passkey.create({ data: { id: uuidv7(), userId, name, ...key } })
      return { passkey, recoveryCodes: await codesForFirstFactor(tx, userId) }
    }),
  )
}

/** Removes a passkey. Throws NOT_FOUND, or INVALID_INPUT if the user can't be without. */
export async function removePasskey(context: Context, id: string): Promise<void> {
  await changeFactors(context, 'removePasskey', async (tx, userId) => {
    const { count } = await tx.passkey.deleteMany({ where: { id, userId } })
    if (count === 0) throw notFound('passkey')
    await leaveFactors(tx, userId)
  })
}

const refuseMoreThan = (count: number) => {
  if (count < most) return
  throw invalidInput([{ field: 'passkeys', message: `You have ${most}, and more are not kept: remove one first.` }])
}

/** Under what a challenge for a new key is kept: nothing that anybody could offer as the token of a sign-in. */
const keyOf = ({ secrets, sessionId }: Context, challenge: string) =>
  secrets.fingerprint('passkey challenge', `${sessionId} ${challenge}`)

/** The columns of the key that the browser made. Right or wrong, the challenge is used up. */
async function newKey(context: Context, answer: unknown) {
  const userId = await confirmedUser(context)
  const read = readCreation(answer)
  const credential =
    read &&
    (await useChallenge(context, userId, read.challenge)) &&
    (await verifyCreation(context, read.response, read.challenge))
  if (!credential) {
    throw invalidInput([
      { field: 'response', message: 'It does not answer what startPasskey asked: begin again there.' },
    ])
  }
  return {
    credentialId: credential.id,
    publicKey: credential.publicKey,
    signatureCount: credential.counter,
    transports: credential.transports ?? [],
  }
}

async function useChallenge(context: Context, userId: string, challenge: string) {
  const where = { tokenHash: keyOf(context, challenge), userId, expiresAt: { gt: new Date() } }
  return (await context.database.signInChallenge.deleteMany({ where })).count === 1
}
