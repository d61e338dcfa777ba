import type { Passkey } from '#prisma/client.ts'
import type { JsonObject } from '../../../database/json.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { logRefusal } from '../sign-in/log-event.ts'
import { readAssertion } from './answers.ts'
import {
  answerTime,
  descriptorOf,
  handleOf,
  optionsAsJson,
  relyingParty,
  verifyAssertion,
  webauthn,
} from './webauthn.ts'

/** What a browser needs to let a passkey sign (WebAuthn's PublicKeyCredentialRequestOptionsJSON), with a fresh challenge. */
export async function passkeyQuestion(
  context: WorkContext,
  userId: string,
): Promise<{ challenge: string; options: JsonObject }> {
  const passkeys = await context.database.passkey.findMany({ where: { userId } })
  const { generateAuthenticationOptions } = await webauthn()
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(context).id,
    allowCredentials: passkeys.map(descriptorOf),
    timeout: answerTime,
    userVerification: 'required',
  })
  return { challenge: options.challenge, options: optionsAsJson(options) }
}

/** Whether a passkey of this user signed the challenge. Whoever asks sees to it that a challenge is good for one answer. */
export async function takePasskey(
  context: WorkContext,
  userId: string,
  answer: unknown,
  challenge: string,
): Promise<boolean> {
  const read = readAssertion(answer)
  if (!read || challenge === '') return false
  const { response, userHandle } = read
  const passkey = await context.database.passkey.findFirst({ where: { userId, credentialId: response.id } })
  if (!passkey || (userHandle !== undefined && userHandle !== handleOf(userId))) return false
  const { credentialId, publicKey } = passkey
  const count = await verifyAssertion(context, response, challenge, { id: credentialId, publicKey })
  if (count === undefined) return false
  if (await noteUse(context, passkey.id, count)) return true
  await logStaleCount(context, passkey, count)
  return false
}

/**
 * Notes that a passkey was used, unless its count didn't go up: then there may be two of it. Keys that are on several
 * devices don't count: theirs stays 0 (WebAuthn, section 6.1.1).
 */
async function noteUse({ database }: WorkContext, id: string, count: number) {
  const noted = await database.$executeRaw`
    UPDATE passkey SET signature_count = ${count}::bigint, last_used_at = now()
    WHERE id = ${id}::uuid AND (signature_count < ${count}::bigint OR (signature_count = 0 AND ${count}::bigint = 0))`
  return noted === 1
}

async function logStaleCount(context: WorkContext, { id, userId, signatureCount }: Passkey, count: number) {
  const changes = { user: { new: userId }, signatureCount: { old: Number(signatureCount), new: count } }
  await logRefusal(context, { operation: 'usePasskey', entity: 'Passkey', entityId: id, changes })
}
