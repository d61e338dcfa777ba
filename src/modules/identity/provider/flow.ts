import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import { randomNonce, randomPKCECodeVerifier, randomState } from 'openid-client'
import { z } from 'zod'
import { cookie } from '../../../http/credentials.ts'

/** A sign-in that went off to the provider: what its answer has to fit, and where to go on afterwards. */
export type Flow = z.infer<typeof flow>

const flow = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), next: z.string() })

// Lax, because the provider sends the browser back here from its own site. Nothing else is kept of a sign-in under way.
const name = '__Host-lethe-provider'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/** Seconds that somebody has for signing in at the provider. */
const lifetime = 600

/** A sign-in of its own: nothing in it can be guessed or used for another one (ASVS 10.1.2). */
export const newFlow = (next: string): Flow => ({
  state: randomState(),
  nonce: randomNonce(),
  verifier: randomPKCECodeVerifier(),
  next,
})

/**
 * The value of `set-cookie` that has the browser keep a sign-in, unreadable for everybody but us (RFC 7516).
 *
 * @param key 32 bytes.
 */
export async function setFlowCookie(key: Uint8Array, started: Flow): Promise<string> {
  const sealed = await new EncryptJWT(started)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setExpirationTime(`${lifetime} seconds`)
    .encrypt(key)
  return `${name}=${sealed}; ${attributes}; Max-Age=${lifetime}`
}

/** The value of `set-cookie` that has the browser forget it. */
export const clearFlowCookie = `${name}=; ${attributes}; Max-Age=0`

/** The sign-in that this browser began; nothing if there is none, it took too long, or the cookie isn't ours. */
export async function flowOf(key: Uint8Array, request: Request): Promise<Flow | undefined> {
  const sealed = cookie(request, name)
  if (!sealed) return undefined
  try {
    const { payload } = await jwtDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return flow.parse(payload)
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
