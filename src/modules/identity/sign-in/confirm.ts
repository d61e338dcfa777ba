import type { Context } from '../../../graphql/context.ts'
import { LetheError, unauthenticated } from '../../../graphql/errors.ts'

/** The id of the user who calls. Throws UNAUTHENTICATED for nobody, and for programs. */
export function signedInUser({ actor }: Pick<Context, 'actor'>): string {
  if (actor.kind !== 'user' || !actor.id) throw unauthenticated()
  return actor.id
}

/** For how many minutes a proof of who one is allows what is delicate. */
const freshFor = 10

/**
 * Lets through only who proved a short while ago who they are, by signing in or by `confirmIdentity` (ASVS 7.5.1). Throws
 * CONFIRMATION_NEEDED otherwise, for a program with a token of an identity provider too: it has no session here.
 */
export async function requireConfirmed(context: Context): Promise<void> {
  signedInUser(context)
  const confirmed = await context.database.$queryRaw<unknown[]>`
    SELECT FROM session
    WHERE id = ${context.sessionId}::uuid AND ended_at IS NULL
      AND confirmed_at > now() - ${freshFor} * interval '1 minute'`
  if (confirmed.length === 0) throw confirmationNeeded()
}

/** The last proof of who the caller is was too long ago. */
export const confirmationNeeded = (): LetheError =>
  new LetheError(
    'CONFIRMATION_NEEDED',
    'Prove first that it is you, with the mutation confirmIdentity or by signing in again.',
  )
