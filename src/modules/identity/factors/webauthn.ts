import type { AuthenticationResponseJSON, RegistrationResponseJSON, WebAuthnCredential } from '@simplewebauthn/server'
import { parse as bytesOfUuid } from 'uuid'
import type { Passkey } from '#prisma/client.ts'
import type { JsonObject } from '../../../database/json.ts'
import type { WorkContext } from '../../../graphql/context.ts'

/** For how long a browser may ask, and its answer counts, in milliseconds. */
export const answerTime = 5 * 60_000

/** What keys may sign with: what security keys, phones and computers have (ES256, EdDSA and RS256, as COSE numbers them). */
export const algorithms: number[] = [-7, -8, -257]

/** The library, loaded when somebody comes with a passkey: it is a seventh of what a process loads. */
export const webauthn = (): Promise<typeof import('@simplewebauthn/server')> => import('@simplewebauthn/server')

/** Where passkeys are good: on our own host, and no other. */
export function relyingParty({ publicUrl }: Pick<WorkContext, 'publicUrl'>): { id: string; origin: string } {
  const { hostname, origin } = new URL(publicUrl)
  return { id: hostname, origin }
}

/** How options name a key. */
export const descriptorOf = ({ credentialId, transports }: Passkey): { id: string; transports: string[] } => ({
  id: credentialId,
  transports,
})

/** How a key names its user, base64url. */
export const handleOf = (userId: string): string => Buffer.from(bytesOfUuid(userId)).toString('base64url')

/** Options as they are sent: without what is undefined. */
export const optionsAsJson = (options: object): JsonObject => JSON.parse(JSON.stringify(options))

/** The new key, if the answer is to this challenge, from our pages, and the authenticator knew its user. */
export async function verifyCreation(
  context: WorkContext,
  response: RegistrationResponseJSON,
  challenge: string,
): Promise<WebAuthnCredential | undefined> {
  const { id, origin } = relyingParty(context)
  return judged(context, async () => {
    await refuseCertificates(response.response.attestationObject)
    const { verifyRegistrationResponse } = await webauthn()
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    if (registrationInfo?.credential.id !== response.id) throw new Error('The id is not that of the key.')
    return registrationInfo.credential
  })
}

/**
 * How often the authenticator says it has signed, if the answer is to this challenge, from our pages, by this key, and the
 * authenticator knew its user. Comparing the count with the last one is left to the caller.
 */
export async function verifyAssertion(
  context: WorkContext,
  response: AuthenticationResponseJSON,
  challenge: string,
  credential: Pick<WebAuthnCredential, 'id' | 'publicKey'>,
): Promise<number | undefined> {
  const { id, origin } = relyingParty(context)
  return judged(context, async () => {
    const { verifyAuthenticationResponse } = await webauthn()
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      credential: { ...credential, counter: 0 },
    })
    if (!verified) throw new Error('The signature is not of this key.')
    return authenticationInfo.newCounter
  })
}

/**
 * We ask for no attestation, and browsers then send none, or one by the key itself. Any other would be judged by its
 * certificates, which may name addresses to fetch lists of revoked ones from: ours never call where a stranger says.
 */
async function refuseCertificates(attestationObject: string) {
  const { decodeAttestationObject, isoBase64URL } = await import('@simplewebauthn/server/helpers')
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
  const format = attestation.get('fmt')
  if (format === 'none' || (format === 'packed' && !attestation.get('attStmt').get('x5c'))) return
  throw new Error(`An attestation of the format ${format} was not asked for.`)
}

/** The library says no by throwing. The reason goes to the log: to a stranger it would only tell how to do better. */
async function judged<T>({ log, requestId }: WorkContext, judge: () => Promise<T>): Promise<T | undefined> {
  try {
    return await judge()
  } catch (error) {
    log.info({ requestId, reason: String(error).slice(0, 300) }, 'a passkey was refused')
    return undefined
  }
}
