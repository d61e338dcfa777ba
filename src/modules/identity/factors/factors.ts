import type { Database } from '../../../database/client.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Method } from '../sign-in/sessions.ts'
import { takePasskey } from './passkey-signing.ts'
import { takeRecoveryCode } from './recovery-codes.ts'
import { takeTotp } from './totp.ts'

export { passkeyQuestion } from './passkey-signing.ts'

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

/** Which second factors a user has, the safest first; empty if none. Recovery codes alone are none. */
export async function factorsOf(database: Pick<Database, 'user'>, userId: string): Promise<Factor[]> {
  const user = await database.user.findUnique({
    where: { id: userId },
    select: {
      totp: { select: { activatedAt: true } },
      _count: { select: { passkeys: true, recoveryCodes: { where: { usedAt: null } } } },
    },
  })
  const factors: Factor[] = []
  if (user?._count.passkeys) factors.push('passkey')
  if (user?.totp?.activatedAt) factors.push('totp')
  if (factors.length > 0 && user?._count.recoveryCodes) factors.push('recovery-code')
  return factors
}

/**
 * Judges a second factor, and uses it up. Returns which it was; undefined when it isn't right.
 *
 * @param challenge What the passkey had to sign, base64url.
 */
export async function takeFactor(
  context: WorkContext,
  userId: string,
  proof: FactorProof,
  challenge: string,
): Promise<Factor | undefined> {
  const { totp, recoveryCode, passkey } = proof
  if (typeof totp === 'string') return (await takeTotp(context, userId, totp)) ? 'totp' : undefined
  if (typeof recoveryCode === 'string') {
    return (await takeRecoveryCode(context, userId, recoveryCode)) ? 'recovery-code' : undefined
  }
  return (await takePasskey(context, userId, passkey, challenge)) ? 'passkey' : undefined
}
