import type { SubjectRequest } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { notFound } from '../../graphql/errors.ts'
import { uuidOrNobody } from '../../graphql/ids.ts'
import { answering, seenAmong, sees } from '../contacts/sight.ts'

/**
 * Runs a step of a request in one unit of work, which settles when the log can prove it. Of several at once, PostgreSQL lets one
 * through; the others begin again, and find what it left. Throws NOT_FOUND, as for an absent one, where the caller doesn't see the contact.
 */
export function onRequest<T>(
  context: WorkContext,
  operation: string,
  id: string,
  run: (tx: Transaction, request: SubjectRequest) => Promise<T>,
): Promise<T> {
  return transact(context, operation, async (tx) => run(tx, await seenRequest(tx, context, id)), { integrated: true })
}

/** The same for the row that a step changes: `run` says what becomes of it. Returns it as it is then. */
export function changeRequest(
  context: WorkContext,
  operation: string,
  id: string,
  run: (tx: Transaction, request: SubjectRequest) => Promise<Change>,
): Promise<SubjectRequest> {
  return onRequest(context, operation, id, async (tx, request) => {
    const { contactId } = request
    const where = { contactId_id: { contactId, id: request.id } }
    return tx.subjectRequest.update({ where, data: await run(tx, request) })
  })
}

/** What a step writes. */
export type Change = Partial<Omit<SubjectRequest, 'contactId' | 'id' | 'extensionReason' | 'decisionReason'>> & {
  extensionReason?: Uint8Array<ArrayBuffer> | null
  decisionReason?: Uint8Array<ArrayBuffer> | null
  statement?: never
}

/** A request of a contact that the caller sees; null if there is none. */
export async function findRequest(context: Context, id: string): Promise<SubjectRequest | null> {
  const request = await context.database.subjectRequest.findFirst({ where: { id: uuidOrNobody(id) } })
  return request && (await sees(context, request.contactId)) ? request : null
}

/** The same in a unit of work. Throws NOT_FOUND. */
async function seenRequest(tx: Transaction, context: WorkContext, id: string): Promise<SubjectRequest> {
  const request = await tx.subjectRequest.findFirst({ where: { id: uuidOrNobody(id) } })
  const seen = request && (await seenAmong(tx, answering(context), [request.contactId]))
  if (!request || !seen?.has(request.contactId)) throw notFound('request')
  return request
}
