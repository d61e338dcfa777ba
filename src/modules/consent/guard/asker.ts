import type { Context } from '../../../graphql/context.ts'
import { unauthenticated } from '../../../graphql/errors.ts'
import { hashToken } from '../../identity/sign-in/sessions.ts'
import { rightOfPurpose } from '../rights.ts'

/** Who brings what a person says: a partner's client, a user, or nobody but the token that they show. */
export type Asker = {
  /** Whose idempotency keys these are. */
  scope: string
  client: { id: string; name: string; origins: readonly string[]; proofOfWork: number } | undefined
  /** Everybody who opens the page has its key. */
  publishable: boolean
  /** Whether it may ask for consent for a purpose. */
  mayAsk: (purpose: string) => boolean
}

/** Finds out who asks. `token`: what they show, if they show one. */
export async function askerOf(context: Context, token?: string | null): Promise<Asker> {
  const { actor, rights, publishable = false } = context
  const mayAsk = (purpose: string) => rights.canWrite(rightOfPurpose(purpose))
  if (actor.kind === 'client' && actor.id) {
    const { id } = actor
    const { name, origins } = await context.database.client.findUniqueOrThrow({ where: { id } })
    const protection = await context.database.clientProtection.findUnique({ where: { clientId: id } })
    const client = { id, name, origins, proofOfWork: protection?.proofOfWork ?? 0 }
    return { scope: `client:${id}`, client, publishable, mayAsk }
  }
  if (actor.id) return { scope: `${actor.kind}:${actor.id}`, client: undefined, publishable, mayAsk }
  if (!token) throw unauthenticated()
  return { scope: `token:${hashToken(token)}`, client: undefined, publishable, mayAsk }
}
