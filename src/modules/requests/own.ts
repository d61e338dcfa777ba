import type { SubjectRequest } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { notFound } from '../../graphql/errors.ts'
import { uuidOrNobody } from '../../graphql/ids.ts'
import { openingKey } from '../fields/store.ts'
import { caseOf } from './mails.ts'
import { decisionReasonOf, messageText } from './seal.ts'
import { take } from './status.ts'

/** A request as the person who made it sees it. */
export type OwnRequest = SubjectRequest & {
  /** Why it was decided so. */
  reason: string | null
  messages: readonly { incoming: boolean; writtenAt: Date; text: string }[]
}

/** Takes back what the person asked for. Throws NOT_FOUND; CONFLICT if it was decided already. */
export const revokeOwnRequest = (context: WorkContext, contactId: string, id: string): Promise<SubjectRequest> =>
  transact(
    context,
    'revokeOwnRequest',
    async (tx) => {
      const where = { contactId_id: { contactId, id: uuidOrNobody(id) } }
      const request = await tx.subjectRequest.findUnique({ where })
      if (!request) throw notFound('request')
      return tx.subjectRequest.update({ where, data: { status: take(request, 'revoke'), decidedAt: new Date() } })
    },
    { integrated: true },
  )

const mostRequests = 20
const mostMessages = 200

/** What a contact asked for, the newest first, with what was written about it, in two statements. */
export async function ownRequests(
  { database, keys }: Pick<WorkContext, 'database' | 'keys'>,
  contactId: string,
): Promise<OwnRequest[]> {
  const where = { contactId }
  const [requests, messages, key] = await Promise.all([
    database.subjectRequest.findMany({ where, orderBy: { id: 'desc' }, take: mostRequests }),
    database.subjectMessage.findMany({ where, orderBy: { id: 'desc' }, take: mostMessages }),
    openingKey(keys, contactId),
  ])
  const ofCase = Map.groupBy(messages.toReversed(), ({ caseId }) => caseId)
  return requests.map((request) => ({
    ...request,
    reason: decisionReasonOf(key, request),
    messages: (ofCase.get(caseOf(request)) ?? []).map((message) => ({ ...message, text: messageText(key, message) })),
  }))
}
