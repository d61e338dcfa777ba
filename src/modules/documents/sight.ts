import type { Document } from '#prisma/client.ts'
import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { notFound } from '../../graphql/errors.ts'
import { uuidOrNobody } from '../../graphql/ids.ts'
import { isBound, type Seer, seenContacts } from '../contacts/sight.ts'

/**
 * Who is bound to purposes sees a document with one of its contacts, and those that belong to nobody: a condition on the row `d` of
 * `document`.
 */
export const documentSeen = (seer: Seer): Prisma.Sql =>
  isBound(seer)
    ? Prisma.sql`(d.contact_count = 0 OR EXISTS (SELECT FROM document_contact l
        JOIN ${seenContacts(seer)} c ON c.contact_id = l.contact_id WHERE l.document_id = d.id))`
    : Prisma.sql`true`

/**
 * Somebody who sees a document acts on all of it: also on what lies with contacts of it that they don't see, or a refusal would tell
 * that there are any. Only after `seenDocument`.
 */
export function onAllOf<Context extends WorkContext>({ rights: _, ...context }: Context): Omit<Context, 'rights'> {
  return context
}

type Reader = Database | Transaction

/** A document that somebody sees. Throws NOT_FOUND, for one that they don't see just so. */
export async function seenDocument(tx: Reader, seer: Seer, given: string): Promise<Document> {
  const id = uuidOrNobody(given)
  const seen = isBound(seer)
    ? await tx.$queryRaw<object[]>(
        Prisma.sql`SELECT FROM document d WHERE d.id = ${id}::uuid AND ${documentSeen(seer)}`,
      )
    : [{}]
  const found = seen.length > 0 ? await tx.document.findUnique({ where: { id } }) : null
  if (!found) throw notFound('Document')
  return found
}
