import { Prisma } from '#prisma/client.ts'
import { rowsIn } from '../../../database/rows-in.ts'
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
  const [client] = await rowsIn<{ name: string; origins: string[]; proofOfWork: number }>(
    database,
    Prisma.sql`
    SELECT c.name, c.origins, coalesce(p.proof_of_work, 0) AS "proofOfWork"
    FROM client c LEFT JOIN consent_client_protection p ON p.client_id = c.id WHERE c.id = ${id}::uuid`,
  )
  if (!client) throw unauthenticated()
  return { client: { id, ...client }, publishable, mayAsk }
}
