import type { SubjectRequest } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { invalidInput, LetheError } from '../../graphql/errors.ts'
import { endOfPeriod, usualMonths } from './deadline.ts'
import { attestable, type VerificationMethod } from './kinds.ts'
import { caseOf, tellPerson } from './mails.ts'
import { changeRequest, onRequest } from './on-request.ts'
import { isUndecided, take } from './status.ts'
import { noteVerified, requestOf } from './steps.ts'

// Who asks (Art. 12(6) GDPR). They are asked only where there is doubt, and never for a copy of an identity card: it would be one
// more thing to keep (EDPB Guidelines 01/2022, nos. 73 to 79). While they are asked the time stands still (no. 159).

/** Asks a person by mail to prove who they are. Throws NOT_FOUND; CONFLICT if that is known, or the request was decided. */
export const askForIdentity = (context: WorkContext, id: string): Promise<SubjectRequest> =>
  changeRequest(context, 'askForIdentity', id, async (tx, request) => {
    if (request.verifiedAt) throw new LetheError('CONFLICT', 'The person has proved who they are already.')
    const status = take(request, 'askIdentity')
    const verificationAskedAt = new Date()
    const verificationDueAt = endOfPeriod(verificationAskedAt, { months: usualMonths }, context.workingDays)
    await tellPerson(tx, context, [request], 'verification', ({ texts, rights, day, close }) =>
      texts.verification({ rights, until: day(verificationDueAt) }, close),
    )
    return { status, verificationAskedAt, verificationDueAt }
  })

/**
 * Notes how a person proved who they are, for all requests of the case that are not decided. Throws NOT_FOUND, CONFLICT for a request that was
 * decided, INVALID_INPUT for a method that only the product itself can tell.
 */
export async function verifyIdentity(
  context: WorkContext,
  id: string,
  method: VerificationMethod,
): Promise<SubjectRequest> {
  if (!attestable.includes(method)) {
    const message = 'That the product notes by itself, when the person comes to their page.'
    throw invalidInput([{ field: 'method', message }])
  }
  return onRequest(context, 'verifyIdentity', id, async (tx, request) => {
    take(request, 'verify')
    for (const one of await sameCase(tx, request)) await noteVerified(tx, context, one, method)
    return requestOf(tx, request.contactId, request.id)
  })
}

/** Those of the same case that are not decided. */
export async function sameCase(tx: Transaction, request: SubjectRequest): Promise<SubjectRequest[]> {
  const { contactId } = request
  const caseId = caseOf(request)
  const all = await tx.subjectRequest.findMany({
    where: { contactId, OR: [{ caseId }, { id: caseId }] },
    orderBy: { id: 'asc' },
  })
  return all.filter(({ status }) => isUndecided(status))
}
