import { Complaint } from './explain.js'
import { texts } from './texts.js'

/** Whether this browser knows passkeys. */
export const knowsPasskeys = () => 'PublicKeyCredential' in window

/**
 * Lets a passkey sign. Throws a Complaint if there is none, or its owner doesn't want to.
 *
 * @param options WebAuthn's PublicKeyCredentialRequestOptionsJSON.
 * @returns Its AuthenticationResponseJSON.
 */
export async function signWithPasskey(options) {
  if (!knowsPasskeys()) throw new Complaint(texts.noPasskeys)
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON?.(options) ?? decoded(options)
  return encoded(await navigator.credentials.get({ publicKey }).catch(giveUp))
}

/**
 * Makes a passkey. Throws a Complaint if that is not possible, or its owner doesn't want to.
 *
 * @param options WebAuthn's PublicKeyCredentialCreationOptionsJSON.
 * @returns Its RegistrationResponseJSON.
 */
export async function createPasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON?.(options) ?? decoded(options)
  return encoded(await navigator.credentials.create({ publicKey }).catch(giveUp))
}

// Browsers don't tell apart who has no passkey, who doesn't want to use it, and who takes too long; only that the
// authenticator has one already (WebAuthn, section 5.1.3).
function giveUp(cause) {
  if (!(cause instanceof DOMException)) throw cause
  const text = cause.name === 'InvalidStateError' ? texts.passkeyKnown : texts.passkeyCancelled
  throw new Complaint(text, { cause })
}

/** The options with bytes where JSON has base64url, for browsers that can't do that themselves. */
function decoded({ challenge, user, allowCredentials, excludeCredentials, ...options }) {
  const withBytes = (credentials) => credentials?.map((credential) => ({ ...credential, id: bytesOf(credential.id) }))
  return {
    ...options,
    challenge: bytesOf(challenge),
    ...(user && { user: { ...user, id: bytesOf(user.id) } }),
    allowCredentials: withBytes(allowCredentials),
    excludeCredentials: withBytes(excludeCredentials) ?? [],
  }
}

/** A credential as JSON, also where browsers can't do that themselves. */
function encoded(credential) {
  if (credential.toJSON) return credential.toJSON()
  const { id, rawId, type, authenticatorAttachment, response } = credential
  const fields = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
  const present = fields.filter((name) => response[name])
  return {
    id,
    rawId: base64url(rawId),
    type,
    authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      ...Object.fromEntries(present.map((name) => [name, base64url(response[name])])),
      ...(response.getTransports && { transports: response.getTransports() }),
    },
  }
}

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))

const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
