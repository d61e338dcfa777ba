import type { SubjectRequest } from '#prisma/client.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { openingKey } from '../fields/store.ts'
import { caseOf } from './mails.ts'
import { decisionReasonOf, messageText } from './seal.ts'

/** A request as the person who made it sees it. */
export type OwnRequest = SubjectRequest & {
  /** Why it was decided so. */
  reason: string | null
  messages: readonly { incoming: boolean; writtenAt: Date; text: string }[]
}

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
