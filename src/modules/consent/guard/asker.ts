import type { Context } from '../../../graphql/context.ts'
import { unauthenticated } from '../../../graphql/errors.ts'
import { hashToken } from '../../identity/sign-in/sessions.ts'
import { rightOfPurpose } from '../rights.ts'

/** Who brings what a person says: a partner's client, a user, or nobody but the token that they show. */
export type Asker = {
  client: { id: string; name: string; origins: readonly string[]; proofOfWork: number } | undefined
  /** Everybody who opens the page has its key. */
  publishable: boolean
  /** Whether it may ask for consent for a purpose. */
  mayAsk: (purpose: string) => boolean
}

/** Whose idempotency keys these are. `token`: what they show, if they show one. Throws UNAUTHENTICATED for nobody at all. */
export function scopeOf({ actor }: Context, token?: string | null): string {
  if (actor.id) return `${actor.kind}:${actor.id}`
  if (!token) throw unauthenticated()
  return `token:${hashToken(token)}`
}

/** Finds out who asks. */
export async function askerOf(context: Context): Promise<Asker> {
  const { actor, rights, publishable = false, database } = context
  const mayAsk = (purpose: string) => rights.canWrite(rightOfPurpose(purpose))
  if (actor.kind !== 'client' || !actor.id) return { client: undefined, publishable, mayAsk }
  const { id } = actor
  const { name, origins } = await database.client.findUniqueOrThrow({ where: { id } })
  const protection = await database.clientProtection.findUnique({ where: { clientId: id } })
  return { client: { id, name, origins, proofOfWork: protection?.proofOfWork ?? 0 }, publishable, mayAsk }
}
