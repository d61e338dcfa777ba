import { type Erasure, Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { notFound } from '../../graphql/errors.ts'
import { answering, isBound, seenContacts } from '../contacts/sight.ts'

/**
 * That a caller sees the erasure `r`. Who is bound to purposes sees those of contacts that they see, and the sets that they asked for
 * themself; of who is gone, nothing says whether they would have been among these.
 */
export function seenErasure(context: WorkContext): Prisma.Sql {
  if (!isBound(context)) return Prisma.sql`true`
  return Prisma.sql`((r.kind = 'set' AND r.requester_kind = ${context.actor.kind} AND r.requester_id = ${context.actor.id}::uuid)
    OR (r.kind = 'contact' AND EXISTS (SELECT FROM erasure_subject s JOIN ${seenContacts(answering(context))} c ON c.contact_id = s.contact_id
      WHERE s.erasure_id = r.id)))`
}

type Asker = { $queryRaw: <T>(query: Prisma.Sql) => Promise<T> }

async function sees(asker: Asker, context: WorkContext, id: string): Promise<boolean> {
  const rows = await asker.$queryRaw<unknown[]>(
    Prisma.sql`SELECT FROM erasure r WHERE r.id = ${id}::uuid AND r.kind <> 'batch' AND ${seenErasure(context)}`,
  )
  return rows.length > 0
}

/** An erasure that the caller sees; null if there is none. */
export const findErasure = async (context: Context, id: string): Promise<Erasure | null> =>
  (await sees(context.database, context, id)) ? context.database.erasure.findUnique({ where: { id } }) : null

/** For a change of it. Throws NOT_FOUND. */
export async function erasureFor(tx: Transaction, context: WorkContext, id: string): Promise<Erasure> {
  const found = (await sees(tx, context, id)) && (await tx.erasure.findUnique({ where: { id } }))
  if (!found) throw notFound('Erasure')
  return found
}
