import type { Database } from '../../../database/client.ts'
import type { Context } from '../../../graphql/context.ts'
import type { Method } from '../sign-in/sessions.ts'

/** The second factors that there are. */
export type Factor = Extract<Method, 'totp' | 'recovery-code' | 'passkey'>

/** What somebody offers as the second factor: exactly one of these. */
export type FactorProof = {
  /** Six digits. */
  totp?: string | null | undefined
  recoveryCode?: string | null | undefined
  /** The browser's answer, WebAuthn's AuthenticationResponseJSON. */
  passkey?: unknown
}

/** Which second factors a user has; empty if none. Recovery codes alone are none. */
export async function factorsOf(_database: Database, _userId: string): Promise<Factor[]> {
  return []
}

/** What a browser needs to let a passkey sign (WebAuthn's PublicKeyCredentialRequestOptionsJSON), with a fresh challenge. */
export async function passkeyQuestion(
  _context: Context,
  _userId: string,
): Promise<{ challenge: string; options: object }> {
  throw new Error('not written yet')
}

/**
 * Judges a second factor, and uses it up. Returns which it was; undefined when it isn't right.
 *
 * @param challenge What the passkey had to sign, base64url.
 */
export async function takeFactor(
  _context: Context,
  _userId: string,
  _proof: FactorProof,
  _challenge: string,
): Promise<Factor | undefined> {
  throw new Error('not written yet')
}
