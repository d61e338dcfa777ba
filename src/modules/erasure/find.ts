import { type Erasure, Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { notFound } from '../../graphql/errors.ts'
import { isBound, seenContacts } from '../contacts/sight.ts'

/**
 * That a caller sees the erasure `e`. Who is bound to purposes sees those of contacts that they see, and the sets that they asked for
 * themself; of who is gone, nothing says whether they would have been among these.
 */
export function seenErasure(context: WorkContext): Prisma.Sql {
  if (!isBound(context)) return Prisma.sql`true`
  return Prisma.sql`((e.kind = 'set' AND e.requester_kind = ${context.actor.kind} AND e.requester_id = ${context.actor.id}::uuid)
    OR (e.kind = 'contact' AND EXISTS (SELECT FROM erasure_subject s JOIN ${seenContacts(context)} c ON c.contact_id = s.contact_id
      WHERE s.erasure_id = e.id)))`
}

type Asker = { $queryRaw: <T>(query: Prisma.Sql) => Promise<T> }

async function sees(asker: Asker, context: WorkContext, id: string): Promise<boolean> {
  const rows = await asker.$queryRaw<unknown[]>(
    Prisma.sql`SELECT FROM erasure e WHERE e.id = ${id}::uuid AND e.kind <> 'batch' AND ${seenErasure(context)}`,
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
